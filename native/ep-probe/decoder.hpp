// A model on one provider, run step by step: the cache that a step gives is the next one's.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "graph.hpp"

namespace probe {

struct Output {
  std::string name;
  std::vector<float> values;
};

class Decoder {
 public:
  // model: a path; empty for the built-in one. plain: without graph optimizations, to compare with.
  // Throws Failure: Exit::kModel or Exit::kProvider.
  Decoder(const OnnxRuntime& runtime, const Arguments& arguments, Provider provider, const std::string& model, bool plain);

  const Graph& graph() const { return graph_; }
  double load_ms() const { return load_ms_; }

  // Whether the provider took every node: known for a provider other than the CPU's.
  bool is_whole() const { return is_whole_; }

  // Whether past and present are one memory by now, as in the agent; otherwise a step also costs a copy of the cache.
  bool is_in_place() const { return is_in_place_; }

  // Runs a step and gives what it says, without the cache: floats only.
  std::vector<Output> Run(const Step& step);

  // Runs the last step again: its duration, ms.
  double RunAgain();

  // Takes device memory in one piece and gives it back. Throws Failure with Exit::kMemory.
  void Allocate(size_t bytes);

  const char* device() const { return provider_ == Provider::kCpu ? "Cpu" : "Cuda"; }

 private:
  void Open(const std::string& model, bool plain);
  Session Create(const std::string& model, bool plain, bool only_provider);
  void BindInputs(const Step& step);
  void BindOutputs();
  void Execute(const char* doing);
  void KeepCache();
  std::vector<Output> Read();
  Value Tensor(std::vector<unsigned char>& bytes, const std::vector<int64_t>& shape, ONNXTensorElementDataType type);

  const OnnxRuntime& runtime_;
  const Arguments& arguments_;
  Provider provider_;
  Session session_;
  Graph graph_;
  Binding binding_;
  Memory host_, device_;
  std::map<std::string, Value> cache_;  // by the name without past_ or present_
  std::vector<std::vector<unsigned char>> buffers_;  // of the step's inputs; the values lie over them
  std::vector<Value> values_;
  double load_ms_ = 0;
  bool is_whole_ = true, is_in_place_ = false;
};

}  // namespace probe
