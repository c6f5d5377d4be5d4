#include "onnx_runtime.hpp"

#include <dlfcn.h>

#include <algorithm>

namespace probe {
namespace {

constexpr unsigned kOldestApi = 16;  // of ONNX Runtime 1.16; everything called here is older

constexpr const char* kLibraryRemedy =
    "give the path of libonnxruntime.so for this processor; `ldd PATH` shows the libraries it lacks";
constexpr const char* kProviderRemedy =
    "build ONNX Runtime with the provider (native/onnxruntime), and keep libonnxruntime_providers_*.so beside libonnxruntime.so";

std::pair<std::vector<const char*>, std::vector<const char*>> Split(const std::map<std::string, std::string>& options) {
  std::pair<std::vector<const char*>, std::vector<const char*>> split;
  for (const auto& [key, value] : options) {
    split.first.push_back(key.c_str());
    split.second.push_back(value.c_str());
  }
  return split;
}

}  // namespace

OnnxRuntime::OnnxRuntime(const std::string& path) {
  handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) throw Failure(Exit::kLibrary, std::string("the library cannot be loaded: ") + dlerror(), kLibraryRemedy);
  using GetBase = const OrtApiBase*(ORT_API_CALL*)();
  const auto get_base = reinterpret_cast<GetBase>(dlsym(handle_, "OrtGetApiBase"));
  if (get_base == nullptr)
    throw Failure(Exit::kLibrary, "the library is no ONNX Runtime: it lacks the symbol OrtGetApiBase", kLibraryRemedy);
  const auto* base = get_base();
  version_ = base->GetVersionString();
  for (api_version_ = ORT_API_VERSION; api_version_ >= kOldestApi && api_ == nullptr; api_version_--)
    api_ = base->GetApi(api_version_);
  api_version_++;
  if (api_ == nullptr)
    throw Failure(Exit::kLibrary, "ONNX Runtime " + version_ + " is too old; expected 1." + std::to_string(kOldestApi) + " or newer",
                  "install the version the agent was built with");
  build_ = api_->GetBuildInfoString();
  Check(api_->CreateEnvWithCustomLogger(Log, this, ORT_LOGGING_LEVEL_WARNING, "ep-probe", &env_), Exit::kLibrary, "start the library",
        kLibraryRemedy);
  ReadProviders();
}

OnnxRuntime::~OnnxRuntime() {
  if (env_ != nullptr) api_->ReleaseEnv(env_);
  // the library stays loaded: providers register handlers that run at the process's end
}

void OnnxRuntime::ReadProviders() {
  char** names = nullptr;
  int count = 0;
  Check(api_->GetAvailableProviders(&names, &count), Exit::kLibrary, "list the providers", kLibraryRemedy);
  providers_.assign(names, names + count);
  Check(api_->ReleaseAvailableProviders(names, count), Exit::kLibrary, "list the providers", kLibraryRemedy);
}

bool OnnxRuntime::Has(Provider provider) const {
  return std::find(providers_.begin(), providers_.end(), NameOf(provider)) != providers_.end();
}

void OnnxRuntime::Check(OrtStatus* status, Exit exit, const char* doing, const char* remedy) const {
  if (status == nullptr) return;
  const std::string said = api_->GetErrorMessage(status);
  api_->ReleaseStatus(status);
  throw Failure(exit, std::string("cannot ") + doing + ": " + said, remedy);
}

Options OnnxRuntime::CreateOptions(const Arguments& arguments, Provider provider) const {
  OrtSessionOptions* created = nullptr;
  Check(api_->CreateSessionOptions(&created), Exit::kLibrary, "create session options", kLibraryRemedy);
  auto options = Own<Options>(created);
  Check(api_->SetIntraOpNumThreads(created, arguments.threads), Exit::kUsage, "set the number of threads", "choose fewer threads");
  if (provider == Provider::kCpu) return options;
  if (!Has(provider))
    throw Failure(Exit::kProvider, std::string("this library was built without ") + NameOf(provider), kProviderRemedy);
  if (provider == Provider::kCuda) AppendCuda(created, arguments);
  else AppendTensorRt(created, arguments);
  return options;
}

void OnnxRuntime::AppendCuda(OrtSessionOptions* options, const Arguments& arguments) const {
  OrtCUDAProviderOptionsV2* cuda = nullptr;
  Check(api_->CreateCUDAProviderOptions(&cuda), Exit::kProvider, "create the options of CUDA", kProviderRemedy);
  const auto owned = Own<Owned<OrtCUDAProviderOptionsV2, &OrtApi::ReleaseCUDAProviderOptions>>(cuda);
  const auto [keys, values] = Split(arguments.provider_options);
  if (!keys.empty())
    Check(api_->UpdateCUDAProviderOptions(cuda, keys.data(), values.data(), keys.size()), Exit::kUsage, "set the options of CUDA",
          "see the documentation of ONNX Runtime's CUDA provider");
  Check(api_->SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda), Exit::kProvider, "load the CUDA provider", kProviderRemedy);
}

void OnnxRuntime::AppendTensorRt(OrtSessionOptions* options, const Arguments& arguments) const {
  OrtTensorRTProviderOptionsV2* tensorrt = nullptr;
  Check(api_->CreateTensorRTProviderOptions(&tensorrt), Exit::kProvider, "create the options of TensorRT", kProviderRemedy);
  const auto owned = Own<Owned<OrtTensorRTProviderOptionsV2, &OrtApi::ReleaseTensorRTProviderOptions>>(tensorrt);
  const auto [keys, values] = Split(arguments.provider_options);
  if (!keys.empty())
    Check(api_->UpdateTensorRTProviderOptions(tensorrt, keys.data(), values.data(), keys.size()), Exit::kUsage,
          "set the options of TensorRT", "see the documentation of ONNX Runtime's TensorRT provider");
  Check(api_->SessionOptionsAppendExecutionProvider_TensorRT_V2(options, tensorrt), Exit::kProvider, "load the TensorRT provider",
        kProviderRemedy);
}

std::vector<std::string> OnnxRuntime::messages() const {
  const std::lock_guard<std::mutex> lock(messages_lock_);
  return messages_;
}

void ORT_API_CALL OnnxRuntime::Log(void* self, OrtLoggingLevel severity, const char* /*category*/, const char* /*id*/,
                                   const char* /*location*/, const char* message) {
  auto& runtime = *static_cast<OnnxRuntime*>(self);
  const std::lock_guard<std::mutex> lock(runtime.messages_lock_);
  auto& messages = runtime.messages_;
  if (severity < ORT_LOGGING_LEVEL_WARNING || messages.size() == kMaxMessages) return;
  if (std::find(messages.begin(), messages.end(), message) == messages.end()) messages.emplace_back(message);
}

}  // namespace probe
