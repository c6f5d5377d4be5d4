// The command line of ep-probe.
#pragma once
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace probe {

// Exit codes; README.md explains them.
enum class Exit : int { kWorks = 0, kDiffers = 1, kUsage = 2, kLibrary = 3, kProvider = 4, kModel = 5, kMemory = 6 };

enum class Provider { kCpu, kCuda, kTensorRt };

// What went wrong, with the exit code and what to do about it.
struct Failure : std::runtime_error {
  Failure(Exit exit_code, const std::string& what, std::string what_to_do)
      : std::runtime_error(what), exit(exit_code), remedy(std::move(what_to_do)) {}
  Exit exit;
  std::string remedy;
};

struct Arguments {
  static constexpr int kMaxRows = 256, kMaxTokens = 4096, kMaxRuns = 10000, kMaxThreads = 256;
  static constexpr int64_t kMaxAllocation = int64_t{1} << 20;  // MiB: a TiB

  std::string library;
  Provider provider = Provider::kCpu;
  std::string model;       // empty: the built-in INT4 product
  std::string reference;   // empty: the same model on the CPU provider
  int rows = 1;            // of a model that takes any number
  int tokens = 1;          // of the first step of such a model
  int steps = 4;           // compared one after another, on the cache of the one before
  int warmup = 3, runs = 20;
  int threads = 0;         // 0: the library's own choice
  double tolerance = 0.01; // of the largest reference value
  int64_t allocate = 0;    // MiB; 0: none
  std::map<std::string, std::string> provider_options;

  // Throws Failure with Exit::kUsage: what was expected and what was found.
  static Arguments Parse(const std::vector<std::string>& words);
  static const char* Usage();
};

const char* NameOf(Provider provider);

}  // namespace probe
