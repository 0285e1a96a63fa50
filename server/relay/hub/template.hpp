// Texts with places to be filled in from an event: {name} is the event's field of that name, and these words are the
// hub's own: source, kind, rule, target, take (its name), take.number, at (2026-11-21T10:15:00.123Z), at.unix (whole
// seconds), at.date (2026-11-21), at.time (10:15:00), all UTC. {{ and }} are braces. What is filled in is never looked
// at again, and everything else, & included, stays as it is: cameras have parameters of their own (&T).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/relay/hub/event.hpp"

namespace hub {

// No wire carries longer values; a datagram has less than 1,500 bytes.
constexpr std::size_t longest_value = 1024;

struct TemplateContext {
  const Fields& fields;
  std::string_view source;
  std::string_view kind;
  std::string_view rule;
  std::string_view target;
  std::string_view take;
  std::uint64_t take_number = 0;
  base::UtcTime at;
};

class Template {
 public:
  // Errors: `invalid`, a sentence. Whether fields exist is the caller's question: fields().
  static base::Result<Template> parse(std::string_view text);

  bool is_literal() const noexcept;
  std::vector<std::string_view> fields() const;  // the event's own that it names
  // Cut to `longest_value`, behind a whole character. A field that is not there is empty.
  std::string expand(const TemplateContext& context) const;

 private:
  enum class Word : std::uint8_t { text, field, source, kind, rule, target, take, number, at, unix, date, time };
  struct Part {
    Word word = Word::text;
    std::string text;  // the text, or the field's name
  };

  static base::Result<Part> place(std::string_view name);
  static void append(std::string& out, const Part& part, const TemplateContext& context);

  std::vector<Part> parts_;
};

}  // namespace hub
