// JSON (RFC 8259), as far as telling whether the end is missing: brackets and strings close, nothing follows.
#include "storage/formats/checker.hpp"

namespace storage {
namespace {

class JsonChecker final : public Checker {
 public:
  void feed(base::ByteView block) override {
    for (const char c : base::as_text(block)) {
      if (in_string_)
        step_in_string(c);
      else
        step(c);
    }
  }

  void finish(FormatVerdict& verdict) override {
    if (trailing_)
      verdict.defect = "The JSON document is followed by something else.";
    else if (depth_ > 0 || in_string_)
      verdict.defect = "The JSON document ends before it is closed.";
  }

 private:
  void step_in_string(char c) noexcept {
    if (escaped_)
      escaped_ = false;
    else if (c == '\\')
      escaped_ = true;
    else if (c == '"')
      in_string_ = false;
  }

  void step(char c) noexcept {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return;
    if (closed_) {
      trailing_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      closed_ = --depth_ == 0;
    } else if (c == '"') {
      in_string_ = true;
    }
  }

  std::uint64_t depth_ = 0;  // at least 1 until closed_: the format is told by its first brace
  bool in_string_ = false;
  bool escaped_ = false;
  bool closed_ = false;
  bool trailing_ = false;
};

}  // namespace

std::unique_ptr<Checker> make_json_checker() {
  return std::make_unique<JsonChecker>();
}

}  // namespace storage
