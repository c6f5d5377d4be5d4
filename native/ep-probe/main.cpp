// ep-probe: does this ONNX Runtime library run this graph on this provider, and right? Prints JSON; needs no .NET.
// On a Jetson, run it before the agent: it separates "the library is wrong" from "the agent is wrong". See native/README.md.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <optional>

#include "builtin_model.hpp"
#include "decoder.hpp"
#include "json.hpp"

namespace {

using namespace probe;

struct Comparison {
  double difference = 0, largest = 0;  // of the outputs that are floats, over all steps
  size_t values = 0;

  void Add(const std::vector<float>& expected, const std::vector<float>& actual) {
    if (expected.size() != actual.size())
      throw Failure(Exit::kModel, "the reference gives outputs of other sizes", "export both graphs with the same options");
    for (size_t i = 0; i < expected.size(); i++) {
      const double distance = std::fabs(static_cast<double>(expected[i]) - static_cast<double>(actual[i]));
      difference = std::isnan(distance) || std::isnan(difference) ? NAN : std::max(difference, distance);
      largest = std::max(largest, std::fabs(static_cast<double>(expected[i])));
    }
    values += expected.size();
  }
  bool Agrees(double tolerance) const { return values > 0 && difference <= tolerance * largest; }  // false for NaN
};

struct Timing {
  std::vector<double> ms;
  double Median() {
    std::sort(ms.begin(), ms.end());
    return ms[ms.size() / 2];
  }
};

Json& Shape(Json& json, const Port& port) {
  json.Begin('[');
  for (size_t i = 0; i < port.shape.size(); i++) {
    if (port.shape[i] < 0) json.Text(port.symbols[i]);
    else json.Whole(port.shape[i]);
  }
  return json.End(']');
}

void Describe(Json& json, const char* name, const std::vector<Port>& ports) {
  json.Key(name).Begin('[');
  for (const auto& port : ports) {
    if (port.IsPast() || port.IsPresent()) continue;
    json.Begin('{').Key("name").Text(port.name).Key("type").Text(NameOf(port.type)).Key("shape");
    Shape(json, port).End('}');
  }
  json.End(']').Key(std::string(name) + "_of_the_cache");
  json.Whole(std::count_if(ports.begin(), ports.end(), [](const Port& p) { return p.IsPast() || p.IsPresent(); }));
}

void Describe(Json& json, const OnnxRuntime& runtime, const Arguments& arguments) {
  json.Key("library").Begin('{').Key("path").Text(arguments.library).Key("version").Text(runtime.version());
  json.Key("build").Text(runtime.build()).Key("api").Whole(runtime.api_version()).Key("providers").Begin('[');
  for (const auto& provider : runtime.providers()) json.Text(provider);
  json.End(']').End('}');
}

// The steps that are compared: a first one of the graph's or the asked number of tokens, then as many tokens or one each.
std::vector<Step> Plan(const Graph& graph, const Arguments& arguments) {
  std::vector<Step> steps;
  const auto fixed = graph.FixedTokens();
  int64_t position = 0;
  for (int64_t n = 0; n < arguments.steps; n++) {
    const int64_t tokens = fixed > 0 ? fixed : n == 0 ? arguments.tokens : 1;
    for (const auto& port : graph.inputs)
      if (port.IsPast() && port.shape.size() == 4 && port.shape[2] >= 0 && position + tokens > port.shape[2]) return steps;
    steps.push_back({n, arguments.rows, tokens, position});
    position += tokens;
  }
  return steps;
}

// The built-in product has a known result: a reference that does not come from the library.
void CompareBuiltin(const Graph& graph, const Step& step, const std::vector<Output>& outputs, Comparison& comparison) {
  const auto& port = graph.inputs.at(0);
  const auto bytes = Fill(port, port.shape, step);
  comparison.Add(builtin::Expected(Floats(port.type, bytes.data(), Count(port.shape))), outputs.at(0).values);
}

void CompareSteps(Decoder& decoder, Decoder* reference, const std::vector<Step>& steps, Comparison& comparison) {
  for (const auto& step : steps) {
    const auto actual = decoder.Run(step);
    if (reference == nullptr) {
      CompareBuiltin(decoder.graph(), step, actual, comparison);
      continue;
    }
    const auto expected = reference->Run(step);
    if (expected.size() != actual.size())
      throw Failure(Exit::kModel, "the reference has other outputs", "export both graphs with the same options");
    for (size_t i = 0; i < actual.size(); i++) comparison.Add(expected[i].values, actual[i].values);
  }
}

void Report(Json& json, const Arguments& arguments, const Comparison& comparison, size_t steps) {
  json.Key("comparison").Begin('{').Key("with");
  json.Text(arguments.model.empty() ? "arithmetic" : arguments.reference.empty() ? "the model on the CPU, not optimized" : arguments.reference);
  json.Key("steps").Whole(static_cast<int64_t>(steps)).Key("values").Whole(static_cast<int64_t>(comparison.values));
  json.Key("max_abs_difference").Number(comparison.difference).Key("max_abs_reference").Number(comparison.largest);
  json.Key("tolerance").Number(arguments.tolerance).Key("agrees").Flag(comparison.Agrees(arguments.tolerance)).End('}');
}

void Time(Json& json, const Arguments& arguments, Decoder& decoder) {
  for (int i = 0; i < arguments.warmup; i++) decoder.RunAgain();
  Timing timing;
  for (int i = 0; i < arguments.runs; i++) timing.ms.push_back(decoder.RunAgain());
  const auto median = timing.Median();
  json.Key("time").Begin('{').Key("warmup").Whole(arguments.warmup).Key("runs").Whole(arguments.runs);
  json.Key("median_ms").Number(median).Key("min_ms").Number(timing.ms.front()).Key("max_ms").Number(timing.ms.back());
  json.Key("cache_in_place").Flag(decoder.is_in_place()).End('}');
}

Exit Probe(Json& json, const OnnxRuntime& runtime, const Arguments& arguments) {
  Decoder decoder(runtime, arguments, arguments.provider, arguments.model, false);
  json.Key("load_ms").Number(decoder.load_ms()).Key("every_node_on_the_provider").Flag(decoder.is_whole());
  Describe(json, "inputs", decoder.graph().inputs);
  Describe(json, "outputs", decoder.graph().outputs);
  const auto steps = Plan(decoder.graph(), arguments);
  if (steps.empty()) throw Failure(Exit::kModel, "the cache is too short for one step", "export with a longer --context, or fewer --tokens");
  Comparison comparison;
  {
    std::optional<Decoder> reference;
    if (!arguments.model.empty())
      reference.emplace(runtime, arguments, Provider::kCpu, arguments.reference.empty() ? arguments.model : arguments.reference, true);
    CompareSteps(decoder, reference ? &*reference : nullptr, steps, comparison);
  }
  Report(json, arguments, comparison, steps.size());
  Time(json, arguments, decoder);
  if (arguments.allocate > 0) {
    json.Key("allocation").Begin('{').Key("device").Text(decoder.device()).Key("mib").Whole(arguments.allocate).End('}');
    decoder.Allocate(static_cast<size_t>(arguments.allocate) << 20);
  }
  return comparison.Agrees(arguments.tolerance) ? Exit::kWorks : Exit::kDiffers;
}

Exit Answer(Json& json, const std::vector<std::string>& words) {
  std::optional<OnnxRuntime> runtime;
  Exit exit = Exit::kWorks;
  std::string problem, remedy;
  try {
    const auto arguments = Arguments::Parse(words);
    json.Key("provider").Text(NameOf(arguments.provider)).Key("model");
    if (arguments.model.empty()) json.Text("built-in");
    else json.Text(arguments.model);
    runtime.emplace(arguments.library);
    Describe(json, *runtime, arguments);
    exit = Probe(json, *runtime, arguments);
    if (exit == Exit::kDiffers) {
      problem = "the provider's results differ from the reference";
      remedy = "compare with --reference (the form exported with --precision fp32); export with --linears fp16; or serve on another provider";
    }
  } catch (const Failure& failure) {
    exit = failure.exit;
    problem = failure.what();
    remedy = failure.remedy;
  }
  json.Key("result").Text(exit == Exit::kWorks ? "works" : "fails").Key("exit").Whole(static_cast<int>(exit));
  if (!problem.empty()) json.Key("problem").Text(problem).Key("remedy").Text(remedy);
  json.Key("messages").Begin('[');
  if (runtime)
    for (const auto& message : runtime->messages()) json.Text(message);
  json.End(']');
  return exit;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() == 1 && words[0] == "--help") {
      std::fputs(Arguments::Usage(), stdout);
      return 0;
    }
    Json json;
    json.Begin('{');
    const auto exit = Answer(json, words);
    std::puts(json.End('}').str().c_str());
    if (exit == Exit::kUsage) std::fputs(Arguments::Usage(), stderr);
    return static_cast<int>(exit);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "ep-probe: %s\n", e.what());
    return static_cast<int>(Exit::kLibrary);
  }
}
