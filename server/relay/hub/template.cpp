#include "server/relay/hub/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace hub {

namespace {
constexpr std::string_view letters_of_names = "abcdefghijklmnopqrstuvwxyz0123456789_.";

void cut(std::string& text) {
  if (text.size() <= longest_value) return;
  std::size_t end = longest_value;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
}
}  // namespace

base::Result<Template::Part> Template::place(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Word>, 10> words{{{"source", Word::source},
                                                                            {"kind", Word::kind},
                                                                            {"rule", Word::rule},
                                                                            {"target", Word::target},
                                                                            {"take", Word::take},
                                                                            {"take.number", Word::number},
                                                                            {"at", Word::at},
                                                                            {"at.unix", Word::unix},
                                                                            {"at.date", Word::date},
                                                                            {"at.time", Word::time}}};
  for (const auto& [known, word] : words)
    if (known == name) return Part{word, {}};
  if (name.empty() || name.find_first_not_of(letters_of_names) != std::string_view::npos || name.starts_with("take.") ||
      name.starts_with("at."))
    return base::fail(
        base::Errc::invalid,
        fmt::format("\"{{{}}}\" is no place of a template: there are the event's fields and source, kind, "
                    "rule, target, take, take.number, at, at.unix, at.date, at.time",
                    base::printable(base::as_bytes(name), 40)));
  return Part{Word::field, std::string(name)};
}

base::Result<Template> Template::parse(std::string_view text) {
  if (text.size() > longest_value)
    return base::fail(base::Errc::invalid, fmt::format("it is longer than {} bytes", longest_value));
  Template made;
  const auto literal = [&made](std::string_view piece) {
    if (made.parts_.empty() || made.parts_.back().word != Word::text) made.parts_.emplace_back();
    made.parts_.back().text += piece;
  };
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    if (brace != 0) literal(text.substr(0, brace));
    if (brace == std::string_view::npos) break;
    text.remove_prefix(brace);
    if (text.starts_with("{{") || text.starts_with("}}")) {
      literal(text.substr(0, 1));
      text.remove_prefix(2);
      continue;
    }
    const std::size_t end = text.find('}');
    if (text.front() == '}' || end == std::string_view::npos)
      return base::fail(base::Errc::invalid, "it has a brace without its other half; a brace itself is {{ or }}");
    auto part = place(text.substr(1, end - 1));
    if (!part) return std::unexpected(std::move(part.error()));
    made.parts_.push_back(std::move(*part));
    text.remove_prefix(end + 1);
  }
  return made;
}

bool Template::is_literal() const noexcept {
  return std::ranges::all_of(parts_, [](const Part& part) { return part.word == Word::text; });
}

std::vector<std::string_view> Template::fields() const {
  std::vector<std::string_view> names;
  for (const Part& part : parts_)
    if (part.word == Word::field) names.emplace_back(part.text);
  return names;
}

void Template::append(std::string& out, const Part& part, const TemplateContext& context) {
  switch (part.word) {
    case Word::text: out += part.text; return;
    case Word::field:
      if (const std::string* value = find(context.fields, part.text)) out += *value;
      return;
    case Word::source: out += context.source; return;
    case Word::kind: out += context.kind; return;
    case Word::rule: out += context.rule; return;
    case Word::target: out += context.target; return;
    case Word::take: out += context.take; return;
    case Word::number: fmt::format_to(std::back_inserter(out), "{}", context.take_number); return;
    case Word::at: out += base::to_iso8601(context.at); return;
    case Word::unix:
      fmt::format_to(std::back_inserter(out), "{}",
                     std::chrono::floor<std::chrono::seconds>(context.at).time_since_epoch().count());
      return;
    case Word::date: out += base::to_iso8601(context.at).substr(0, 10); return;
    case Word::time: out += base::to_iso8601(context.at).substr(11, 8); return;
  }
}

std::string Template::expand(const TemplateContext& context) const {
  std::string out;
  for (const Part& part : parts_) append(out, part, context);
  cut(out);
  return out;
}

}  // namespace hub
