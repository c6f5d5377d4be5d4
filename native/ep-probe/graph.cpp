#include "graph.hpp"

#include <cstring>
#include <functional>

namespace probe {
namespace {

constexpr const char* kModelRemedy = "export the graph again with `edge-agent model export`";

// A pseudo-random number of its place alone, -1..1 in steps of 1/128: exact in half precision.
float Noise(uint64_t place) {
  place = (place + 1) * 0x9e3779b97f4a7c15ULL;  // Fibonacci hashing, Knuth vol. 3, 6.4
  place ^= place >> 29;
  return static_cast<float>(static_cast<int64_t>(place >> 40 & 255) - 127) / 128.0F;
}

uint16_t HalfBits(float value) {  // of numbers that half precision holds exactly
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffffU) == 0) return static_cast<uint16_t>(bits >> 16);
  const auto exponent = static_cast<int>(bits >> 23 & 255) - 127 + 15;
  return static_cast<uint16_t>((bits >> 16 & 0x8000U) | static_cast<uint32_t>(exponent) << 10 | (bits >> 13 & 0x3ffU));
}

float FromHalf(uint16_t half) {
  const uint32_t exponent = half >> 10 & 31U;
  const uint32_t mantissa = half & 0x3ffU;
  const float sign = (half & 0x8000U) != 0 ? -1.0F : 1.0F;
  if (exponent == 0) return sign * static_cast<float>(mantissa) / 16777216.0F;  // 2^-24
  uint32_t bits = exponent == 31 ? 0x7f800000U | mantissa << 13 : (exponent - 15 + 127) << 23 | mantissa << 13;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return sign * value;
}

float FromBfloat(uint16_t bfloat) {
  const uint32_t bits = static_cast<uint32_t>(bfloat) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <typename T>
void Put(std::vector<unsigned char>& bytes, size_t at, T value) {
  std::memcpy(bytes.data() + at * sizeof value, &value, sizeof value);
}

void PutNumber(std::vector<unsigned char>& bytes, ONNXTensorElementDataType type, size_t at, int64_t value) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64: return Put(bytes, at, value);
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32: return Put(bytes, at, static_cast<int32_t>(value));
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL: return Put(bytes, at, static_cast<unsigned char>(value != 0));
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT: return Put(bytes, at, static_cast<float>(value));
    default: return;  // other types stay zero
  }
}

void PutFloat(std::vector<unsigned char>& bytes, ONNXTensorElementDataType type, size_t at, float value) {
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) return Put(bytes, at, HalfBits(value));
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) Put(bytes, at, value);
}

// What the agent's forms take beside embeddings and cache, by the index of an element; null for a name that they do not have.
std::function<int64_t(int64_t)> Numbers(const Port& port, const std::vector<int64_t>& shape, const Step& step) {
  const auto last = step.position + step.tokens - 1;
  if (port.name == "seqlens_k") return [=](int64_t) { return last; };
  if (port.name == "total_sequence_length") return [=](int64_t) { return last + 1; };
  if (port.name == "position_ids") return [=](int64_t i) { return step.position + i % step.tokens; };  // [R, S]
  if (port.name == "write_indices") return [=](int64_t) { return step.position; };                     // [R]
  if (port.name == "last_position") return [=](int64_t) { return step.tokens - 1; };                   // [1]
  if (port.name == "attention_mask" && shape.size() == 4)                                              // [R, 1, S, L]
    return [=, length = shape[3]](int64_t i) { return i % length <= step.position + i / length % step.tokens ? 1 : 0; };
  if (port.name == "cache_indices" && shape.size() == 4)  // [R, heads, S, 3]: row, head, position
    return [=, heads = shape[1]](int64_t i) {
      const auto token = i / 3;
      if (i % 3 == 0) return token / (heads * step.tokens);
      return i % 3 == 1 ? token / step.tokens % heads : step.position + token % step.tokens;
    };
  return nullptr;
}

Port PortOf(const OnnxRuntime& runtime, TypeInfo info, std::string name) {
  const auto& api = runtime.api();
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;
  runtime.Check(api.CastTypeInfoToTensorInfo(info.get(), &tensor), Exit::kModel, "read the model's inputs", kModelRemedy);
  if (tensor == nullptr) throw Failure(Exit::kModel, "'" + name + "' is no tensor", kModelRemedy);
  Port port;
  port.name = std::move(name);
  size_t rank = 0;
  runtime.Check(api.GetTensorElementType(tensor, &port.type), Exit::kModel, "read a type", kModelRemedy);
  runtime.Check(api.GetDimensionsCount(tensor, &rank), Exit::kModel, "read a shape", kModelRemedy);
  port.shape.resize(rank);
  std::vector<const char*> symbols(rank);
  if (rank > 0) {
    runtime.Check(api.GetDimensions(tensor, port.shape.data(), rank), Exit::kModel, "read a shape", kModelRemedy);
    runtime.Check(api.GetSymbolicDimensions(tensor, symbols.data(), rank), Exit::kModel, "read a shape", kModelRemedy);
  }
  for (const auto* symbol : symbols) port.symbols.emplace_back(symbol == nullptr ? "" : symbol);
  return port;
}

using GetName = OrtStatus*(ORT_API_CALL*)(const OrtSession*, size_t, OrtAllocator*, char**);
using GetType = OrtStatus*(ORT_API_CALL*)(const OrtSession*, size_t, OrtTypeInfo**);

std::vector<Port> Ports(const OnnxRuntime& runtime, const OrtSession* session, size_t count, GetName name_of, GetType type_of) {
  const auto& api = runtime.api();
  OrtAllocator* allocator = nullptr;
  runtime.Check(api.GetAllocatorWithDefaultOptions(&allocator), Exit::kModel, "get an allocator", kModelRemedy);
  std::vector<Port> ports;
  for (size_t i = 0; i < count; i++) {
    char* text = nullptr;
    runtime.Check(name_of(session, i, allocator, &text), Exit::kModel, "read a name", kModelRemedy);
    std::string name = text;
    runtime.Check(api.AllocatorFree(allocator, text), Exit::kModel, "free a name", kModelRemedy);
    OrtTypeInfo* info = nullptr;
    runtime.Check(type_of(session, i, &info), Exit::kModel, "read a type", kModelRemedy);
    ports.push_back(PortOf(runtime, runtime.Own<TypeInfo>(info), std::move(name)));
  }
  return ports;
}

}  // namespace

Graph Graph::Of(const OnnxRuntime& runtime, const OrtSession* session) {
  const auto& api = runtime.api();
  size_t inputs = 0;
  size_t outputs = 0;
  runtime.Check(api.SessionGetInputCount(session, &inputs), Exit::kModel, "count the inputs", kModelRemedy);
  runtime.Check(api.SessionGetOutputCount(session, &outputs), Exit::kModel, "count the outputs", kModelRemedy);
  return {Ports(runtime, session, inputs, api.SessionGetInputName, api.SessionGetInputTypeInfo),
          Ports(runtime, session, outputs, api.SessionGetOutputName, api.SessionGetOutputTypeInfo)};
}

const Port* Graph::Input(const std::string& name) const {
  for (const auto& input : inputs)
    if (input.name == name) return &input;
  return nullptr;
}

int64_t Graph::FixedTokens() const {
  const auto* embeds = Input("inputs_embeds");  // [R, S, D]
  return embeds == nullptr || embeds->shape.size() != 3 || embeds->shape[1] < 0 ? 0 : embeds->shape[1];
}

const char* NameOf(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT: return "float32";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16: return "float16";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16: return "bfloat16";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64: return "int64";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32: return "int32";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL: return "bool";
    default: return "other";
  }
}

size_t SizeOf(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64: return 8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT: return 4;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16: return 2;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL: return 1;
    default: throw Failure(Exit::kModel, "an input or output has a type that the probe cannot fill", kModelRemedy);
  }
}

size_t Count(const std::vector<int64_t>& shape) {
  size_t count = 1;
  for (const auto d : shape) count *= static_cast<size_t>(d);
  return count;
}

std::vector<int64_t> ShapeOf(const Port& port, const Step& step) {
  auto shape = port.shape;
  for (size_t i = 0; i < shape.size(); i++)
    if (shape[i] < 0) shape[i] = port.symbols[i] == "B" ? step.rows : port.symbols[i] == "S" ? step.tokens : 1;
  return shape;
}

std::vector<unsigned char> Fill(const Port& port, const std::vector<int64_t>& shape, const Step& step) {
  const auto count = Count(shape);
  std::vector<unsigned char> bytes(count * SizeOf(port.type));
  if (port.IsPast()) return bytes;  // an empty cache
  const auto numbers = Numbers(port, shape, step);
  for (size_t i = 0; i < count; i++) {
    if (numbers) PutNumber(bytes, port.type, i, numbers(static_cast<int64_t>(i)));
    else if (port.type == ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL) bytes[i] = 1;
    else PutFloat(bytes, port.type, i, Noise(static_cast<uint64_t>(step.number) << 32 | i));
  }
  return bytes;
}

std::vector<float> Floats(ONNXTensorElementDataType type, const void* data, size_t count) {
  std::vector<float> floats(count);
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    std::memcpy(floats.data(), data, count * sizeof(float));
    return floats;
  }
  if (type != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 && type != ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16) return {};
  for (size_t i = 0; i < count; i++) {
    uint16_t half;
    std::memcpy(&half, static_cast<const unsigned char*>(data) + i * sizeof half, sizeof half);
    floats[i] = type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 ? FromHalf(half) : FromBfloat(half);
  }
  return floats;
}

}  // namespace probe
