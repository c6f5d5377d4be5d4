// A writer of JSON: objects, arrays, texts, numbers. Commas are its business; balanced calls are the caller's.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace probe {

class Json {
 public:
  Json& Begin(char bracket) {
    Separate();
    text_ += bracket;
    first_ = true;
    return *this;
  }
  Json& End(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
  }
  Json& Key(std::string_view name) {
    Separate();
    Quote(name);
    text_ += ':';
    first_ = true;  // the value needs no comma
    return *this;
  }
  Json& Text(std::string_view value) {
    Separate();
    Quote(value);
    return *this;
  }
  Json& Whole(int64_t value) { return Raw(std::to_string(value)); }
  Json& Flag(bool value) { return Raw(value ? "true" : "false"); }
  Json& Null() { return Raw("null"); }

  // JSON knows no NaN and no infinity: they are null.
  Json& Number(double value) {
    if (!std::isfinite(value)) return Null();
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.6g", value);
    return Raw(digits);
  }

  const std::string& str() const { return text_; }

 private:
  Json& Raw(std::string_view value) {
    Separate();
    text_ += value;
    return *this;
  }
  void Separate() {
    if (!first_) text_ += ',';
    first_ = false;
  }

  // Bytes above 0x7f pass: texts are UTF-8, as paths and messages of Linux are.
  void Quote(std::string_view value) {
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') {
        text_ += '\\';
        text_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        text_ += escape;
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }

  std::string text_;
  bool first_ = true;
};

}  // namespace probe
