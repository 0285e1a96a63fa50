#include "storage/evidence/segment.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "server/base/json.hpp"
#include "storage/evidence/record.hpp"

namespace storage::evidence {

namespace {
constexpr std::string_view header_start = R"({"type":"segment","number":)";
constexpr std::string_view entry_start = R"({"number":)";

// Takes a line apart from its front. After the first thing that is not there, all the rest is not there either.
class Scanner {
 public:
  explicit Scanner(std::string_view rest) : rest_(rest) {}

  Scanner& literal(std::string_view text) {
    if (!rest_.starts_with(text)) return fail();
    rest_.remove_prefix(text.size());
    return *this;
  }
  // Decimal, as the databases hold it: at most 2^63-1, and no zero in front.
  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (error != std::errc{} || value > most || (rest_.front() == '0' && end != rest_.data() + 1)) {
      fail();
      return 0;
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  // Up to the next quote, which is taken too.
  std::string_view text() {
    const auto quote = rest_.find('"');
    if (quote == std::string_view::npos) {
      fail();
      return {};
    }
    const auto found = rest_.substr(0, quote);
    rest_.remove_prefix(quote + 1);
    return found;
  }
  std::string_view rest() const noexcept { return rest_; }
  bool good() const noexcept { return good_; }

 private:
  Scanner& fail() {
    good_ = false;
    rest_ = {};
    return *this;
  }
  std::string_view rest_;
  bool good_ = true;
};
}  // namespace

std::string line_of(const SegmentHeader& header) {
  return fmt::format(R"({}{},"previous_sha256":"{}","sealed_at":"{}","entries":{}}})", header_start, header.number,
                     header.previous_sha256, base::to_iso8601(header.sealed_at), header.entries);
}

std::string line_of(const Entry& entry) {
  return fmt::format(R"({}{},"hash":"{}","record":{}}})", entry_start, entry.number, entry.hash, entry.record);
}

base::Result<SegmentHeader> parse_header(std::string_view line) {
  Scanner scanner(line);
  SegmentHeader header;
  header.number = scanner.literal(header_start).number();
  header.previous_sha256 = scanner.literal(R"(,"previous_sha256":")").text();
  const auto time = base::parse_iso8601(scanner.literal(R"(,"sealed_at":")").text());
  header.entries = scanner.literal(R"(,"entries":)").number();
  header.sealed_at = time.value_or(base::UtcTime{});
  const bool linked = header.number == 1 ? header.previous_sha256.empty() : is_sha256(header.previous_sha256);
  if (!scanner.literal("}").good() || !scanner.rest().empty() || !time || !linked || line_of(header) != line)
    return base::fail(base::Errc::invalid, "This is not the header of a segment.");
  return header;
}

base::Result<Entry> parse_entry(std::string_view line) {
  Scanner scanner(line);
  Entry entry;
  entry.number = scanner.literal(entry_start).number();
  entry.hash = scanner.literal(R"(,"hash":")").text();
  auto record = scanner.literal(R"(,"record":)").rest();
  if (!scanner.good() || !is_sha256(entry.hash) || !record.starts_with('{') || !record.ends_with("}}"))
    return base::fail(base::Errc::invalid,
                      "This is not an entry of a segment: {\"number\":…,\"hash\":…,\"record\":…}.");
  record.remove_suffix(1);
  entry.record = record;
  return entry;
}

std::string segment_key(std::uint64_t number) {
  return fmt::format("{}{:010}.jsonl", segment_prefix, number);
}

std::optional<std::uint64_t> segment_number(std::string_view name) noexcept {
  if (name.starts_with(segment_prefix)) name.remove_prefix(segment_prefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || number == 0) return std::nullopt;
  const bool as_written = fmt::format("{:010}.jsonl", number) == name;
  return as_written ? std::optional(number) : std::nullopt;
}

}  // namespace storage::evidence
