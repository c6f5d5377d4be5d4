// What a loaded model takes and gives, and the values that a step of the probe puts into it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "onnx_runtime.hpp"

namespace probe {

struct Port {
  std::string name;
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::vector<int64_t> shape;         // -1 where any size is taken
  std::vector<std::string> symbols;   // the names of such dimensions

  // Whether the port carries keys and values from one step to the next: past_NAME and present_NAME.
  bool IsPast() const { return name.rfind("past_", 0) == 0; }
  bool IsPresent() const { return name.rfind("present_", 0) == 0; }
};

struct Graph {
  std::vector<Port> inputs, outputs;

  // Throws Failure with Exit::kModel: an input that is no tensor.
  static Graph Of(const OnnxRuntime& runtime, const OrtSession* session);
  const Port* Input(const std::string& name) const;

  // Tokens of a row that the graph takes in one step, 0 for any number.
  int64_t FixedTokens() const;
};

// The sizes of one step. Symbols: R rows, S tokens of each row, L positions of the cache.
struct Step {
  int64_t number, rows, tokens, position;
};

const char* NameOf(ONNXTensorElementDataType type);
size_t SizeOf(ONNXTensorElementDataType type);

// The shape of an input in a step: B is the rows, S the tokens, any other symbol 1.
std::vector<int64_t> ShapeOf(const Port& port, const Step& step);

// The bytes of an input in a step: what a decoder would be given for the inputs whose names it knows; for others small
// floats, 0 for whole numbers, and true. The same for every session; floats are exact in half precision.
std::vector<unsigned char> Fill(const Port& port, const std::vector<int64_t>& shape, const Step& step);

// Floats from the bytes of a float, half or bfloat16 tensor; empty for other types.
std::vector<float> Floats(ONNXTensorElementDataType type, const void* data, size_t count);

size_t Count(const std::vector<int64_t>& shape);

}  // namespace probe
