#include "tools/import/judging.hpp"

#include <fmt/format.h>

#include "tools/verify/hashing.hpp"

namespace importing {

namespace {
base::Result<> check_verdict(const storage::FormatVerdict& verdict) {
  if (verdict.format == storage::Format::unknown || verdict.format == storage::Format::json)
    return base::fail(base::Errc::refused, "Its bytes are no photo and no video.");
  if (verdict.defect) return base::fail(base::Errc::refused, fmt::format("It is not whole. {}", *verdict.defect));
  return {};
}
}  // namespace

base::Result<Judged> judge(const storage::File& file, std::uint64_t most, const Passed& passed) {
  const auto before = file.status();
  if (!before) return std::unexpected(before.error());
  if (before->size == 0) return base::fail(base::Errc::refused, "It is empty.");
  if (before->size > most)
    return base::fail(base::Errc::refused,
                      fmt::format("It has {} bytes, and --max-size allows {}.", before->size, most));
  storage::FormatCheck check;
  std::uint64_t read = 0;
  auto hashed = verify::hash_all([&](std::uint64_t offset, auto out) { return file.read_at(offset, out); },
                                 [&](base::ByteView block) {
                                   check.feed(block);
                                   read += block.size();
                                   if (passed) passed(block.size());
                                   return read <= before->size;  // it grows: there may be no end to it
                                 });
  if (!hashed && read <= before->size) return std::unexpected(hashed.error());
  if (!hashed || hashed->size != before->size)
    return base::fail(base::Errc::refused, "It was written to while it was read: import it again when it is done.");
  const auto verdict = check.finish();
  if (auto whole = check_verdict(verdict); !whole) return std::unexpected(whole.error());
  return Judged{.size = hashed->size, .sha256 = std::move(hashed->sha256), .format = verdict.format};
}

}  // namespace importing
