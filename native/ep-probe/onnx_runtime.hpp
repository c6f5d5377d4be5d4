// An ONNX Runtime library loaded by its path, and owners of what its C interface hands out.
#pragma once
#include <onnxruntime_c_api.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "arguments.hpp"

namespace probe {

class OnnxRuntime;

// Gives an object back to the library that made it.
template <typename T, void (*OrtApi::*Release)(T*)>
struct Releaser {
  const OrtApi* api = nullptr;
  void operator()(T* object) const { (api->*Release)(object); }
};
template <typename T, void (*OrtApi::*Release)(T*)>
using Owned = std::unique_ptr<T, Releaser<T, Release>>;

using Options = Owned<OrtSessionOptions, &OrtApi::ReleaseSessionOptions>;
using Session = Owned<OrtSession, &OrtApi::ReleaseSession>;
using Value = Owned<OrtValue, &OrtApi::ReleaseValue>;
using Binding = Owned<OrtIoBinding, &OrtApi::ReleaseIoBinding>;
using Memory = Owned<OrtMemoryInfo, &OrtApi::ReleaseMemoryInfo>;
using Allocator = Owned<OrtAllocator, &OrtApi::ReleaseAllocator>;
using TypeInfo = Owned<OrtTypeInfo, &OrtApi::ReleaseTypeInfo>;

class OnnxRuntime {
 public:
  // Throws Failure with Exit::kLibrary: no such file, a library it needs is missing, no ONNX Runtime, or too old.
  explicit OnnxRuntime(const std::string& path);
  ~OnnxRuntime();
  OnnxRuntime(const OnnxRuntime&) = delete;
  OnnxRuntime& operator=(const OnnxRuntime&) = delete;

  const OrtApi& api() const { return *api_; }
  OrtEnv* env() const { return env_; }
  const std::string& version() const { return version_; }
  const std::string& build() const { return build_; }
  unsigned api_version() const { return api_version_; }
  const std::vector<std::string>& providers() const { return providers_; }

  // What the library had to say: warnings and errors, each once, the first kMaxMessages.
  std::vector<std::string> messages() const;

  bool Has(Provider provider) const;

  // Throws Failure with the library's words where a call did not succeed.
  void Check(OrtStatus* status, Exit exit, const char* doing, const char* remedy) const;

  template <typename O, typename T>
  O Own(T* object) const {
    return O(object, {api_});
  }

  // Session options with a provider. Throws Failure with Exit::kProvider.
  Options CreateOptions(const Arguments& arguments, Provider provider) const;

  static constexpr size_t kMaxMessages = 50;

 private:
  static void ORT_API_CALL Log(void* self, OrtLoggingLevel severity, const char* category, const char* id, const char* location,
                               const char* message);
  void AppendCuda(OrtSessionOptions* options, const Arguments& arguments) const;
  void AppendTensorRt(OrtSessionOptions* options, const Arguments& arguments) const;
  void ReadProviders();

  void* handle_ = nullptr;
  const OrtApi* api_ = nullptr;
  OrtEnv* env_ = nullptr;
  unsigned api_version_ = 0;
  std::string version_, build_;
  std::vector<std::string> providers_;
  mutable std::mutex messages_lock_;  // the library logs from its own threads
  std::vector<std::string> messages_;
};

}  // namespace probe
