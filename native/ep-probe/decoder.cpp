#include "decoder.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "builtin_model.hpp"

namespace probe {
namespace {

constexpr const char* kModelRemedy =
    "check the form against the library's version: `edge-agent model lint DIR --tensorrt VERSION`; export another with --form";
constexpr size_t kPage = 4096, kMebibyte = size_t{1} << 20;

double Milliseconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since).count();
}

std::string CacheName(const Port& port) { return port.name.substr(port.name.find('_') + 1); }

// MemAvailable of /proc/meminfo, bytes; 0 where it cannot be read.
size_t AvailableMemory() {
  constexpr std::string_view name = "MemAvailable:";
  std::FILE* file = std::fopen("/proc/meminfo", "re");  // streams would triple the size of the program
  if (file == nullptr) return 0;
  size_t bytes = 0;
  char line[256];
  while (bytes == 0 && std::fgets(line, sizeof line, file) != nullptr)
    if (name == std::string_view(line).substr(0, name.size())) bytes = std::strtoull(line + name.size(), nullptr, 10) * 1024;
  std::fclose(file);
  return bytes;
}

}  // namespace

Decoder::Decoder(const OnnxRuntime& runtime, const Arguments& arguments, Provider provider, const std::string& model, bool plain)
    : runtime_(runtime), arguments_(arguments), provider_(provider) {
  const auto& api = runtime.api();
  const auto start = std::chrono::steady_clock::now();
  Open(model, plain);
  load_ms_ = Milliseconds(start);
  graph_ = Graph::Of(runtime, session_.get());
  OrtIoBinding* binding = nullptr;
  runtime.Check(api.CreateIoBinding(session_.get(), &binding), Exit::kModel, "bind inputs", kModelRemedy);
  binding_ = runtime.Own<Binding>(binding);
  OrtMemoryInfo* memory = nullptr;
  runtime.Check(api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory), Exit::kModel, "describe memory", kModelRemedy);
  host_ = runtime.Own<Memory>(memory);
  runtime.Check(api.CreateMemoryInfo(device(), OrtDeviceAllocator, 0, OrtMemTypeDefault, &memory), Exit::kProvider, "describe memory",
                kModelRemedy);
  device_ = runtime.Own<Memory>(memory);
}

void Decoder::Open(const std::string& model, bool plain) {
  if (provider_ == Provider::kCpu) {
    session_ = Create(model, plain, false);
    return;
  }
  try {
    session_ = Create(model, plain, true);
  } catch (const Failure& failure) {
    if (failure.exit != Exit::kModel) throw;
    is_whole_ = false;  // some nodes go to the CPU, or nothing works: the next try tells
    session_ = Create(model, plain, false);
  }
}

Session Decoder::Create(const std::string& model, bool plain, bool only_provider) {
  const auto& api = runtime_.api();
  const auto options = runtime_.CreateOptions(arguments_, provider_);
  const auto set = [&](const char* key, const char* value) {
    runtime_.Check(api.AddSessionConfigEntry(options.get(), key, value), Exit::kModel, "set a session option", kModelRemedy);
  };
  if (only_provider) set("session.disable_cpu_ep_fallback", "1");
  // float32 arithmetic: 8-bit activations, the CPU provider's default, would hide errors of a few percent
  set("session.qdq_matmulnbits_accuracy_level", "1");
  if (plain) {
    runtime_.Check(api.SetSessionGraphOptimizationLevel(options.get(), ORT_DISABLE_ALL), Exit::kModel, "set a session option",
                   kModelRemedy);
  }
  OrtSession* session = nullptr;
  if (model.empty()) {
    const auto bytes = builtin::Model();
    runtime_.Check(api.CreateSessionFromArray(runtime_.env(), bytes.data(), bytes.size(), options.get(), &session), Exit::kModel,
                   "open the built-in model", "the library is older than opset 21 (1.18), or the provider takes no INT4");
  } else {
    runtime_.Check(api.CreateSession(runtime_.env(), model.c_str(), options.get(), &session), Exit::kModel, "open the model",
                   kModelRemedy);
  }
  return runtime_.Own<Session>(session);
}

Value Decoder::Tensor(std::vector<unsigned char>& bytes, const std::vector<int64_t>& shape, ONNXTensorElementDataType type) {
  OrtValue* value = nullptr;
  runtime_.Check(runtime_.api().CreateTensorWithDataAsOrtValue(host_.get(), bytes.data(), bytes.size(), shape.data(), shape.size(),
                                                               type, &value),
                 Exit::kModel, "make an input", kModelRemedy);
  return runtime_.Own<Value>(value);
}

void Decoder::BindInputs(const Step& step) {
  const auto& api = runtime_.api();
  values_.clear();
  buffers_.clear();
  buffers_.reserve(graph_.inputs.size());
  for (const auto& port : graph_.inputs) {
    const auto cached = port.IsPast() ? cache_.find(CacheName(port)) : cache_.end();
    const OrtValue* bound = nullptr;
    if (cached != cache_.end()) {
      bound = cached->second.get();
    } else {
      const auto shape = ShapeOf(port, step);
      buffers_.push_back(Fill(port, shape, step));
      values_.push_back(Tensor(buffers_.back(), shape, port.type));
      bound = values_.back().get();
    }
    // an input of another device than its node's is copied there now, not in every run
    runtime_.Check(api.BindInput(binding_.get(), port.name.c_str(), bound), Exit::kModel, "bind an input", kModelRemedy);
  }
  runtime_.Check(api.SynchronizeBoundInputs(binding_.get()), Exit::kModel, "copy the inputs", kModelRemedy);
}

void Decoder::BindOutputs() {
  const auto& api = runtime_.api();
  for (const auto& port : graph_.outputs) {
    const auto cached = port.IsPresent() ? cache_.find(CacheName(port)) : cache_.end();
    if (cached != cache_.end()) {
      is_in_place_ = true;
      runtime_.Check(api.BindOutput(binding_.get(), port.name.c_str(), cached->second.get()), Exit::kModel, "bind the cache",
                     kModelRemedy);
    } else {
      const auto* memory = port.IsPresent() ? device_.get() : host_.get();
      runtime_.Check(api.BindOutputToDevice(binding_.get(), port.name.c_str(), memory), Exit::kModel, "bind an output", kModelRemedy);
    }
  }
}

void Decoder::Execute(const char* doing) {
  const auto& api = runtime_.api();
  runtime_.Check(api.RunWithBinding(session_.get(), nullptr, binding_.get()), Exit::kModel, doing, kModelRemedy);
  runtime_.Check(api.SynchronizeBoundOutputs(binding_.get()), Exit::kModel, doing, kModelRemedy);
}

std::vector<Output> Decoder::Run(const Step& step) {
  BindInputs(step);
  BindOutputs();
  Execute("run the model");
  auto outputs = Read();
  KeepCache();
  return outputs;
}

double Decoder::RunAgain() {
  const auto start = std::chrono::steady_clock::now();
  Execute("run the model again");
  return Milliseconds(start);
}

// After the first step the present of every layer becomes past and present of the next steps.
void Decoder::KeepCache() {
  const auto& api = runtime_.api();
  if (!cache_.empty()) return;
  OrtAllocator* allocator = nullptr;
  OrtValue** values = nullptr;
  size_t count = 0;
  runtime_.Check(api.GetAllocatorWithDefaultOptions(&allocator), Exit::kModel, "get an allocator", kModelRemedy);
  runtime_.Check(api.GetBoundOutputValues(binding_.get(), allocator, &values, &count), Exit::kModel, "read the outputs", kModelRemedy);
  for (size_t i = 0; i < count; i++) {
    auto value = runtime_.Own<Value>(values[i]);
    const auto& port = graph_.outputs[i];
    if (port.IsPresent() && graph_.Input("past_" + CacheName(port)) != nullptr) cache_.emplace(CacheName(port), std::move(value));
  }
  runtime_.Check(api.AllocatorFree(allocator, values), Exit::kModel, "read the outputs", kModelRemedy);
}

std::vector<Output> Decoder::Read() {
  const auto& api = runtime_.api();
  OrtAllocator* allocator = nullptr;
  OrtValue** values = nullptr;
  size_t count = 0;
  runtime_.Check(api.GetAllocatorWithDefaultOptions(&allocator), Exit::kModel, "get an allocator", kModelRemedy);
  runtime_.Check(api.GetBoundOutputValues(binding_.get(), allocator, &values, &count), Exit::kModel, "read the outputs", kModelRemedy);
  std::vector<Output> outputs;
  for (size_t i = 0; i < count; i++) {
    const auto value = runtime_.Own<Value>(values[i]);
    const auto& port = graph_.outputs[i];  // bound in this order
    if (port.IsPresent()) continue;
    void* data = nullptr;
    size_t bytes = 0;
    runtime_.Check(api.GetTensorMutableData(value.get(), &data), Exit::kModel, "read an output", kModelRemedy);
    OrtTensorTypeAndShapeInfo* info = nullptr;
    runtime_.Check(api.GetTensorTypeAndShape(value.get(), &info), Exit::kModel, "read an output", kModelRemedy);
    const auto owned = runtime_.Own<Owned<OrtTensorTypeAndShapeInfo, &OrtApi::ReleaseTensorTypeAndShapeInfo>>(info);
    runtime_.Check(api.GetTensorShapeElementCount(info, &bytes), Exit::kModel, "read an output", kModelRemedy);
    outputs.push_back({port.name, Floats(port.type, data, bytes)});
  }
  runtime_.Check(api.AllocatorFree(allocator, values), Exit::kModel, "read the outputs", kModelRemedy);
  return outputs;
}

void Decoder::Allocate(size_t bytes) {
  constexpr const char* remedy = "close other programs, choose a smaller student or context, or give the service more memory";
  const auto& api = runtime_.api();
  // the kernel promises more memory than there is and kills whoever takes it at its word
  if (provider_ == Provider::kCpu && bytes > AvailableMemory())
    throw Failure(Exit::kMemory, "the machine has " + std::to_string(AvailableMemory() / kMebibyte) + " MiB available; expected " +
                                     std::to_string(bytes / kMebibyte) + " MiB", remedy);
  OrtAllocator* allocator = nullptr;
  runtime_.Check(api.CreateAllocator(session_.get(), device_.get(), &allocator), Exit::kMemory, "get the device's allocator", remedy);
  const auto owned = runtime_.Own<Allocator>(allocator);
  void* memory = nullptr;
  runtime_.Check(api.AllocatorAlloc(allocator, bytes, &memory), Exit::kMemory, "take device memory in one piece", remedy);
  if (memory == nullptr) throw Failure(Exit::kMemory, "the device gave no memory", remedy);
  if (provider_ == Provider::kCpu)  // memory is taken by touching it
    for (size_t at = 0; at < bytes; at += kPage) static_cast<volatile unsigned char*>(memory)[at] = 1;
  runtime_.Check(api.AllocatorFree(allocator, memory), Exit::kMemory, "give the memory back", remedy);
}

}  // namespace probe
