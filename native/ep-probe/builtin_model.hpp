// The model that is probed when none is given: one DequantizeLinear(INT4) and one MatMul, the heart of a 4-bit student.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace probe::builtin {

constexpr int64_t kInputs = 32, kOutputs = 4, kBlock = 32;

// The ONNX model, serialized: x [1, kInputs] float to y [1, kOutputs] float.
std::string Model();

// What y must be for an x.
std::vector<float> Expected(const std::vector<float>& x);

}  // namespace probe::builtin
