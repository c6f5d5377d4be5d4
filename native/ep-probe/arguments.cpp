#include "arguments.hpp"

#include <cerrno>
#include <cstdlib>

namespace probe {
namespace {

[[noreturn]] void Refuse(const std::string& why) { throw Failure(Exit::kUsage, why, "see ep-probe --help"); }

int64_t Whole(const std::string& option, const std::string& text, int64_t min, int64_t max) {
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || errno != 0 || value < min || value > max)
    Refuse(option + " expects a whole number, " + std::to_string(min) + ".." + std::to_string(max) + "; found '" + text + "'");
  return value;
}

double Share(const std::string& option, const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(value >= 0 && value <= 1)) Refuse(option + " expects a number, 0..1; found '" + text + "'");
  return value;
}

Provider ProviderOf(const std::string& text) {
  if (text == "cpu") return Provider::kCpu;
  if (text == "cuda") return Provider::kCuda;
  if (text == "tensorrt") return Provider::kTensorRt;
  Refuse("--provider expects cpu, cuda or tensorrt; found '" + text + "'");
}

void AddOption(Arguments& arguments, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) Refuse("--provider-option expects KEY=VALUE; found '" + text + "'");
  arguments.provider_options[text.substr(0, equals)] = text.substr(equals + 1);
}

bool SetNumber(Arguments& a, const std::string& option, const std::string& value) {
  const auto number = [&](int64_t min, int64_t max) { return Whole(option, value, min, max); };
  if (option == "--rows") a.rows = static_cast<int>(number(1, Arguments::kMaxRows));
  else if (option == "--tokens") a.tokens = static_cast<int>(number(1, Arguments::kMaxTokens));
  else if (option == "--steps") a.steps = static_cast<int>(number(1, Arguments::kMaxTokens));
  else if (option == "--warmup") a.warmup = static_cast<int>(number(0, Arguments::kMaxRuns));
  else if (option == "--runs") a.runs = static_cast<int>(number(1, Arguments::kMaxRuns));
  else if (option == "--threads") a.threads = static_cast<int>(number(0, Arguments::kMaxThreads));
  else if (option == "--allocate") a.allocate = number(0, Arguments::kMaxAllocation);
  else if (option == "--tolerance") a.tolerance = Share(option, value);
  else return false;
  return true;
}

void Set(Arguments& a, const std::string& option, const std::string& value) {
  if (option == "--library") a.library = value;
  else if (option == "--provider") a.provider = ProviderOf(value);
  else if (option == "--model") a.model = value;
  else if (option == "--reference") a.reference = value;
  else if (option == "--provider-option") AddOption(a, value);
  else if (!SetNumber(a, option, value)) Refuse("unknown option '" + option + "'");
}

}  // namespace

const char* NameOf(Provider provider) {
  switch (provider) {
    case Provider::kCuda: return "CUDAExecutionProvider";
    case Provider::kTensorRt: return "TensorrtExecutionProvider";
    default: return "CPUExecutionProvider";
  }
}

Arguments Arguments::Parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) Refuse("'" + words[i] + "' lacks its value, or is no option");
    Set(arguments, words[i], words[i + 1]);
  }
  if (arguments.library.empty()) Refuse("--library is missing: the path of libonnxruntime.so");
  if (!arguments.reference.empty() && arguments.model.empty()) Refuse("--reference needs --model");
  if (arguments.tokens > 1 && arguments.rows > 1) Refuse("--tokens over 1 needs --rows 1: a prompt is read in one row");
  return arguments;
}

const char* Arguments::Usage() {
  return "usage: ep-probe --library PATH [options]\n"
         "  --library PATH          libonnxruntime.so to load\n"
         "  --provider NAME         cpu (default), cuda or tensorrt\n"
         "  --model FILE.onnx       a graph, such as `edge-agent model export` writes; default: a built-in INT4 product\n"
         "  --reference FILE.onnx   run this graph on the CPU to compare with (the same form in float32); default: the model itself\n"
         "  --rows N, --tokens N    sizes of a graph that takes any (1, 1)\n"
         "  --steps N               steps that are compared, each on the cache of the one before (4)\n"
         "  --tolerance X           largest difference, as a share of the largest reference value (0.01)\n"
         "  --warmup N, --runs N    timed runs (3, 20)\n"
         "  --threads N             of the CPU (0: the library's choice)\n"
         "  --allocate MIB          also take one piece of device memory of this size and give it back\n"
         "  --provider-option K=V   of CUDA or TensorRT, such as trt_engine_cache_enable=1; may be repeated\n"
         "Prints JSON. Exit code: 0 works, 1 differs from the CPU, 2 usage, 3 library, 4 provider, 5 model, 6 memory.\n";
}

}  // namespace probe
