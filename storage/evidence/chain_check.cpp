#include "storage/evidence/chain_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/base/bytes.hpp"

namespace storage::evidence {

namespace {
// What is quoted of a line that makes no sense.
constexpr std::size_t quoted_length = 60;

std::string quoted(std::string_view line) {
  return base::printable(base::as_bytes(line.substr(0, quoted_length)));
}

std::string numbers(std::uint64_t first, std::uint64_t last) {
  return first == last ? std::to_string(first) : fmt::format("{} to {}", first, last);
}
}  // namespace

ChainCheck::ChainCheck(std::optional<base::Imei> only, std::string noted, OnRecord on_record, OnFinding on_finding)
    : only_(only), noted_(std::move(noted)), on_record_(std::move(on_record)), on_finding_(std::move(on_finding)) {}

void ChainCheck::report(Break kind, std::string message, std::string expected, std::string found) {
  on_finding_({.kind = kind,
               .message = std::move(message),
               .place = place_,
               .expected = std::move(expected),
               .found = std::move(found)});
}

void ChainCheck::begin_segment(std::uint64_t number) {
  const std::uint64_t due = last_segment_.number + 1;
  place_ = {.segment = number, .line = 0};
  if (number != due)
    report(Break::segment_missing,
           fmt::format("Segment {} is missing: segment {} is the next one there is.", numbers(due, number - 1), number),
           segment_key(due), segment_key(number));
  follows_ = number == due;
  sha256_ = Sha256();
  line_.clear();
  skipping_ = false;
  header_.reset();
}

base::Result<> ChainCheck::feed(base::ByteView bytes) {
  sha256_.feed(bytes);
  std::string_view rest = base::as_text(bytes);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto piece = rest.substr(0, end);
    if (!skipping_ && line_.size() + piece.size() > max_line_length)
      end_line_early(fmt::format("is longer than {} bytes, which no entry is", max_line_length));
    if (!skipping_) line_ += piece;
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
    if (!skipping_) {
      ++place_.line;
      if (auto taken = take_line(line_); !taken) return taken;
    }
    skipping_ = false;
    line_.clear();
  }
  return {};
}

void ChainCheck::end_line_early(std::string_view why) {
  ++place_.line;
  report(Break::line_unreadable, fmt::format("Line {} of segment {} {}.", place_.line, place_.segment, why),
         "an entry of a segment", quoted(line_));
  skipping_ = true;
}

base::Result<> ChainCheck::end_segment() {
  if (!line_.empty() && !skipping_) end_line_early("ends without a line feed: the segment was cut off");
  auto hash = sha256_.hex();
  if (!hash) return std::unexpected(hash.error());
  const std::uint64_t entries = std::max<std::uint64_t>(place_.line, 1) - 1;
  if (place_.line == 0)
    report(Break::segment_header, fmt::format("Segment {} is empty.", place_.segment), "a header", "");
  else if (header_ && header_->entries != entries)
    report(Break::segment_entries,
           fmt::format("Segment {} has {} entries, and its header says {}: lines were taken out or put in.",
                       place_.segment, entries, header_->entries),
           std::to_string(header_->entries), std::to_string(entries));
  ++totals_.segments;
  last_segment_ = {
      .number = place_.segment, .hash = std::move(*hash), .sealed_at = header_ ? header_->sealed_at : base::UtcTime{}};
  if (!only_ && last_segment_.hash == noted_) noted_at_ = last_segment_.number;
  return {};
}

base::Result<> ChainCheck::take_line(std::string_view line) {
  if (place_.line == 1) {
    take_header(line);
    return {};
  }
  const auto entry = parse_entry(line);
  if (entry) return take_entry(*entry);
  report(Break::line_unreadable, fmt::format("Line {} of segment {} is no entry.", place_.line, place_.segment),
         "an entry of a segment", quoted(line));
  return {};
}

void ChainCheck::take_header(std::string_view line) {
  auto header = parse_header(line);
  if (!header) {
    report(Break::segment_header, fmt::format("Line 1 of segment {} is not its header.", place_.segment),
           "a header of a segment", quoted(line));
    return;
  }
  header_ = std::move(*header);
  if (header_->number != place_.segment) {
    report(Break::segment_header,
           fmt::format("The object of segment {} has the header of segment {}.", place_.segment, header_->number),
           std::to_string(place_.segment), std::to_string(header_->number));
  } else if (follows_ && header_->previous_sha256 != last_segment_.hash) {
    report(
        Break::segment_changed,
        fmt::format("Segment {} is not the one that segment {} was sealed behind: its SHA-256 is {}, and the header "
                    "of segment {} says {}. One of the two was changed.",
                    last_segment_.number, place_.segment, last_segment_.hash, place_.segment, header_->previous_sha256),
        header_->previous_sha256, last_segment_.hash);
  }
}

base::Result<> ChainCheck::take_entry(const Entry& entry) {
  const auto record = parse_record(entry.record);
  if (!record) {
    report(Break::line_unreadable,
           fmt::format("The record in {} cannot be read. {}", describe(place_), record.error().message), "a record",
           quoted(entry.record));
    return {};
  }
  const base::Imei& imei = imei_of(*record);
  if (only_ && imei != *only_) return {};
  if (auto followed = follow(imei, entry); !followed) return followed;
  on_record_(entry, *record, place_);
  return {};
}

// After a break the chain is followed from what stands there, so that one change is not told again for each record.
base::Result<> ChainCheck::follow(const base::Imei& imei, const Entry& entry) {
  const auto [at, is_new] = devices_.try_emplace(imei);
  Device& device = at->second;
  ++totals_.records;
  totals_.devices += is_new ? 1 : 0;
  const auto tell = [&](Break kind, std::string message, std::string expected, std::string found) {
    on_finding_({.kind = kind,
                 .message = std::move(message),
                 .place = place_,
                 .imei = imei,
                 .number = entry.number,
                 .expected = std::move(expected),
                 .found = std::move(found)});
  };
  const std::uint64_t due = device.number + 1;
  if (entry.number < due) {
    tell(Break::record_repeated,
         fmt::format("Record {} of device {} stands behind its record {} ({}).", entry.number, imei.str(),
                     device.number, describe(place_)),
         std::to_string(due), std::to_string(entry.number));
    return {};
  }
  if (entry.number > due) {
    tell(Break::record_missing,
         fmt::format("Record {} of device {} stands where record {} should ({}): {} was taken out or moved.",
                     entry.number, imei.str(), due, describe(place_), numbers(due, entry.number - 1)),
         std::to_string(due), std::to_string(entry.number));
  } else {
    const auto hash = hash_of(device.hash, entry.number, entry.record);
    if (!hash) return std::unexpected(hash.error());
    if (*hash != entry.hash)
      tell(Break::record_changed,
           due == 1 ? fmt::format("Record 1 of device {} ({}) was changed: its text gives the hash {}, and it says {}.",
                                  imei.str(), describe(place_), *hash, entry.hash)
                    : fmt::format("Record {} of device {} ({}) does not follow from record {}: together they give the "
                                  "hash {}, and it says {}. One of the two was changed.",
                                  entry.number, imei.str(), describe(place_), device.number, *hash, entry.hash),
           *hash, entry.hash);
  }
  device = {.number = entry.number, .hash = entry.hash};
  if (only_) {
    last_record_ = {.number = entry.number, .hash = entry.hash};
    if (entry.hash == noted_) noted_at_ = entry.number;
  }
  return {};
}

base::Result<> ChainCheck::add_unsealed(const base::Imei& imei, const Entry& entry) {
  if (only_ && imei != *only_) return {};
  place_ = {};
  const auto record = parse_record(entry.record);
  if (record && imei_of(*record) == imei) {
    ++totals_.unsealed;
    if (auto followed = follow(imei, entry); !followed) return followed;
    on_record_(entry, *record, place_);
    return {};
  }
  on_finding_({.kind = Break::line_unreadable,
               .message = fmt::format("Record {} of device {} in the catalog cannot be read: {}", entry.number,
                                      imei.str(), record ? "it is of another device." : record.error().message),
               .imei = imei,
               .number = entry.number,
               .expected = "a record",
               .found = quoted(entry.record)});
  return {};
}

}  // namespace storage::evidence
