#include "builtin_model.hpp"

#include <cstring>

namespace probe::builtin {
namespace {

constexpr float kScale = 0.5F;

// Field numbers and types of onnx.proto; opset 21 is the first with INT4 in blocks, IR version 10 the one that goes with it.
constexpr int64_t kFloat = 1, kInt4 = 22, kAttributeInt = 2, kOpset = 21, kIrVersion = 10;

// Protocol buffers by hand: this model is a few dozen fields.
class Message {
 public:
  Message& Int(int field, int64_t value) {
    Varint(static_cast<uint64_t>(field) << 3);
    Varint(static_cast<uint64_t>(value));
    return *this;
  }
  Message& Bytes(int field, const std::string& value) {
    Varint(static_cast<uint64_t>(field) << 3 | 2);
    Varint(value.size());
    data_ += value;
    return *this;
  }
  const std::string& str() const { return data_; }

 private:
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) data_.push_back(static_cast<char>(value | 0x80));
    data_.push_back(static_cast<char>(value));
  }
  std::string data_;
};

std::string Attribute(const char* name, int64_t value) { return Message().Bytes(1, name).Int(3, value).Int(20, kAttributeInt).str(); }

std::string ValueInfo(const char* name, const std::vector<int64_t>& shape) {
  Message dimensions;
  for (const auto d : shape) dimensions.Bytes(1, Message().Int(1, d).str());
  const auto tensor = Message().Int(1, kFloat).Bytes(2, dimensions.str()).str();
  return Message().Bytes(1, name).Bytes(2, Message().Bytes(1, tensor).str()).str();
}

std::string Tensor(const char* name, int64_t type, const std::vector<int64_t>& shape, const std::string& raw) {
  Message tensor;
  for (const auto d : shape) tensor.Int(1, d);
  return tensor.Int(2, type).Bytes(8, name).Bytes(9, raw).str();
}

// Levels 0..7 in a pattern that no transposition and no shift leaves as it is.
int Level(int64_t k, int64_t n) { return static_cast<int>((3 * k + n) % 8); }

}  // namespace

std::string Model() {
  std::string nibbles;
  std::string scales;
  for (int64_t i = 0; i < kInputs * kOutputs; i += 2)
    nibbles.push_back(static_cast<char>(Level(i / kOutputs, i % kOutputs) | Level((i + 1) / kOutputs, (i + 1) % kOutputs) << 4));
  char bytes[sizeof kScale];
  std::memcpy(bytes, &kScale, sizeof kScale);
  for (int64_t n = 0; n < kOutputs * (kInputs / kBlock); n++) scales.append(bytes, sizeof bytes);
  const auto dequantize = Message().Bytes(1, "w").Bytes(1, "s").Bytes(2, "d").Bytes(4, "DequantizeLinear")
                              .Bytes(5, Attribute("axis", 0)).Bytes(5, Attribute("block_size", kBlock)).str();
  const auto product = Message().Bytes(1, "x").Bytes(1, "d").Bytes(2, "y").Bytes(4, "MatMul").str();
  const auto graph = Message().Bytes(1, dequantize).Bytes(1, product).Bytes(2, "probe")
                         .Bytes(5, Tensor("w", kInt4, {kInputs, kOutputs}, nibbles))
                         .Bytes(5, Tensor("s", kFloat, {kInputs / kBlock, kOutputs}, scales))
                         .Bytes(11, ValueInfo("x", {1, kInputs})).Bytes(12, ValueInfo("y", {1, kOutputs})).str();
  return Message().Int(1, kIrVersion).Bytes(7, graph).Bytes(8, Message().Bytes(1, "").Int(2, kOpset).str()).str();
}

std::vector<float> Expected(const std::vector<float>& x) {
  std::vector<float> y(kOutputs);
  for (int64_t n = 0; n < kOutputs; n++)
    for (int64_t k = 0; k < kInputs; k++)
      y[static_cast<size_t>(n)] += x[static_cast<size_t>(k)] * kScale * static_cast<float>(Level(k, n));
  return y;
}

}  // namespace probe::builtin
