// ep-probe [PROVIDER]: says what the ONNX Runtime library at hand is and has, and runs a small INT4 matrix product on the
// provider (CPU, CUDA or TensorRT; default CPU). Exit code 0: it ran and the result is right. 1: it did not. 2: usage.
// On a Jetson, run it before the agent: it separates "the library is wrong" from "the agent is wrong".
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace {

constexpr int64_t kInputs = 32, kOutputs = 4, kBlock = 32;

// Protocol buffers by hand: an ONNX model of one DequantizeLinear(INT4) and one MatMul is a few dozen fields.
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

std::string Attribute(const char* name, int64_t value) { return Message().Bytes(1, name).Int(3, value).Int(20, 2).str(); }

std::string Value(const char* name, std::vector<int64_t> shape) {
  Message dimensions;
  for (auto d : shape) dimensions.Bytes(1, Message().Int(1, d).str());
  auto tensor = Message().Int(1, 1).Bytes(2, dimensions.str()).str();
  return Message().Bytes(1, name).Bytes(2, Message().Bytes(1, tensor).str()).str();
}

std::string Tensor(const char* name, int type, std::vector<int64_t> shape, const std::string& raw) {
  Message tensor;
  for (auto d : shape) tensor.Int(1, d);
  return tensor.Int(2, type).Bytes(8, name).Bytes(9, raw).str();
}

// Weight [kInputs, kOutputs]: nibble (k + n) % 8, scale 0.5; so y[n] = sum over k of x[k] * 0.5 * ((k + n) % 8).
std::string Model() {
  std::string nibbles, scales;
  for (int64_t i = 0; i < kInputs * kOutputs; i += 2) {
    auto level = [](int64_t at) { return static_cast<int>((at / kOutputs + at % kOutputs) % 8); };
    nibbles.push_back(static_cast<char>(level(i) | level(i + 1) << 4));
  }
  const float half = 0.5f;
  for (int64_t n = 0; n < kOutputs; n++) scales.append(reinterpret_cast<const char*>(&half), sizeof half);
  auto dequantize = Message().Bytes(1, "w").Bytes(1, "s").Bytes(2, "d").Bytes(4, "DequantizeLinear")
                        .Bytes(5, Attribute("axis", 0)).Bytes(5, Attribute("block_size", kBlock)).str();
  auto product = Message().Bytes(1, "x").Bytes(1, "d").Bytes(2, "y").Bytes(4, "MatMul").str();
  auto graph = Message().Bytes(1, dequantize).Bytes(1, product).Bytes(2, "probe")
                   .Bytes(5, Tensor("w", 22, {kInputs, kOutputs}, nibbles)).Bytes(5, Tensor("s", 1, {kInputs / kBlock, kOutputs}, scales))
                   .Bytes(11, Value("x", {1, kInputs})).Bytes(12, Value("y", {1, kOutputs})).str();
  return Message().Int(1, 10).Bytes(7, graph).Bytes(8, Message().Bytes(1, "").Int(2, 21).str()).str();
}

bool Run(Ort::Env& env, const Ort::SessionOptions& options) {
  const auto model = Model();
  Ort::Session session(env, model.data(), model.size(), options);
  std::vector<float> x(kInputs);
  for (int64_t k = 0; k < kInputs; k++) x[k] = static_cast<float>(k % 3) - 1;
  auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const int64_t shape[] = {1, kInputs};
  auto input = Ort::Value::CreateTensor<float>(memory, x.data(), x.size(), shape, 2);
  const char* inputs[] = {"x"};
  const char* outputs[] = {"y"};
  auto result = session.Run(Ort::RunOptions{}, inputs, &input, 1, outputs, 1);
  const float* y = result[0].GetTensorData<float>();
  bool right = true;
  for (int64_t n = 0; n < kOutputs; n++) {
    float expected = 0;
    for (int64_t k = 0; k < kInputs; k++) expected += x[k] * 0.5f * static_cast<float>((k + n) % 8);
    std::printf("y[%lld] = %g, expected %g\n", static_cast<long long>(n), y[n], expected);
    right = right && std::fabs(y[n] - expected) <= 0.05f * std::max(1.0f, std::fabs(expected));  // 8-bit activations are allowed
  }
  return right;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string provider = argc > 1 ? argv[1] : "CPU";
  if (argc > 2 || (provider != "CPU" && provider != "CUDA" && provider != "TensorRT")) {
    std::fprintf(stderr, "usage: ep-probe [CPU|CUDA|TensorRT]\n");
    return 2;
  }
  try {
    std::printf("ONNX Runtime %s\n", Ort::GetVersionString().c_str());
    for (const auto& name : Ort::GetAvailableProviders()) std::printf("has %s\n", name.c_str());
    Ort::Env env(ORT_LOGGING_LEVEL_WARNING, "ep-probe");
    Ort::SessionOptions options;
    if (provider == "CUDA") options.AppendExecutionProvider_CUDA(OrtCUDAProviderOptions{});
    if (provider == "TensorRT") options.AppendExecutionProvider_TensorRT(OrtTensorRTProviderOptions{});
    const bool right = Run(env, options);
    std::printf("%s: %s\n", provider.c_str(), right ? "works" : "gives a wrong result");
    return right ? 0 : 1;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", provider.c_str(), e.what());
    return 1;
  }
}
