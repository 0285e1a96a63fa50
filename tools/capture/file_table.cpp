#include "tools/capture/file_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/capture/order.hpp"

namespace captures {

using base::ByteView;

namespace {
std::string key_of(const FileTable::Announced& announced) {
  const CameraFile& file = announced.file;
  std::string key = fmt::format("{} {} {} {} {} ", file.imei.number(), to_string(file.file_class), file.in_packets,
                                file.start.size, base::to_hex(file.path));
  key += file.has_metadata && !file.raw_metadata.empty() ? base::to_hex(file.raw_metadata)
                                                         : fmt::format("in {}", announced.conversation);
  return key;
}

void add_once(std::vector<std::size_t>& all, std::size_t conversation) {
  if (all.empty() || all.back() != conversation) all.push_back(conversation);
}
}  // namespace

FileTable::Index FileTable::begin(Announced announced) {
  const std::string key = key_of(announced);
  if (announced.has_start) {
    const auto found = under_way_.find(key);
    if (found != under_way_.end()) return found->second;
    under_way_[key] = files_.size();
  }
  announced.file.ended = announced.file.begun;
  add_once(announced.file.conversations, announced.conversation);
  files_.push_back({.file = std::move(announced.file), .known = {}, .key = key});
  return files_.size() - 1;
}

std::uint64_t FileTable::announced_bytes(Index at) const {
  const CameraFile& file = files_[at].file;
  return std::uint64_t{file.start.size} * (file.in_packets ? dualcam::packet_size : 1);
}

bool FileTable::contradicts(const Working& working, std::uint64_t offset, ByteView bytes) {
  const CameraFile& file = working.file;
  const std::uint64_t end = offset + bytes.size();
  if (file.size && end > *file.size) return true;
  bool differs = false;
  working.known.known(offset, end, [&](std::uint64_t begin, std::uint64_t until) {
    const auto kept = ByteView(file.bytes).subspan(begin, until - begin);
    differs = differs || !std::ranges::equal(kept, bytes.subspan(begin - offset, until - begin));
  });
  return differs;
}

FileTable::Index FileTable::write(Index at, std::uint64_t offset, ByteView bytes, std::size_t conversation, Time time) {
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t announced = announced_bytes(at);
  if (bytes.empty() || end > (announced == 0 ? largest_file : std::min(announced, largest_file))) return at;
  if (contradicts(files_[at], offset, bytes)) {
    const Working& old = files_[at];
    Working other{.file = old.file, .known = {}, .key = old.key};
    other.file.bytes.clear();
    other.file.size.reset();
    other.file.bad_crcs = 0;
    other.file.begun = time;
    other.file.conversations.clear();
    under_way_[other.key] = files_.size();
    files_.push_back(std::move(other));
    at = files_.size() - 1;
  }
  Working& working = files_[at];
  CameraFile& file = working.file;
  if (end > file.bytes.size()) {
    const std::uint64_t zeros = offset - std::min<std::uint64_t>(offset, file.bytes.size());
    if (zeros > most_zeros - zeros_) return at;
    zeros_ += zeros;
    file.bytes.resize(end);
  }
  working.known.add(offset, end, [&](std::uint64_t begin, std::uint64_t until) {
    std::ranges::copy(bytes.subspan(begin - offset, until - begin),
                      file.bytes.begin() + static_cast<std::ptrdiff_t>(begin));
  });
  const bool last_packet = file.in_packets && announced != 0 && offset + dualcam::packet_size == announced;
  if (last_packet) file.size = end;
  file.ended = std::max(file.ended, time);
  add_once(file.conversations, conversation);
  return at;
}

void FileTable::acknowledge(Index at, Time time) {
  Working& working = files_[at];
  working.file.acknowledged = true;
  working.file.ended = std::max(working.file.ended, time);
  const auto known = under_way_.find(working.key);
  if (known != under_way_.end() && known->second == at) under_way_.erase(known);
}

void FileTable::set_metadata(Index at, ByteView metadata) {
  CameraFile& file = files_[at].file;
  if (file.has_metadata) return;
  file.has_metadata = true;
  file.raw_metadata.assign(metadata.begin(), metadata.end());
}

void FileTable::finish(Working& working) {
  CameraFile& file = working.file;
  if (!file.in_packets && file.start.size != 0) file.size = file.start.size;
  std::uint64_t limit = file.size.value_or(std::uint64_t{file.start.size} * dualcam::packet_size);
  if (limit == 0) limit = file.bytes.size();
  working.known.missing(limit, [&](std::uint64_t begin, std::uint64_t end) { file.missing.push_back({begin, end}); });
}

std::vector<CameraFile> FileTable::finish() && {
  std::vector<CameraFile> files;
  files.reserve(files_.size());
  for (Working& working : files_) {
    finish(working);
    files.push_back(std::move(working.file));
  }
  sort_by_time(files, &CameraFile::begun);
  return files;
}

}  // namespace captures
