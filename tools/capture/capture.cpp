#include "tools/capture/capture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tools/capture/connection.hpp"
#include "tools/capture/network.hpp"
#include "tools/capture/packets.hpp"

namespace captures {

namespace {
// A file, and its next packet.
struct Source {
  PacketFile file;
  std::optional<Packet> next;
  std::uint64_t bad = 0;
  std::uint64_t cut = 0;
};

constexpr std::uint64_t progress_every = 4096;  // packets

class Reading {
 public:
  explicit Reading(const ReadOptions& options) : options_(&options) {}
  void open(PacketFile file);
  Capture run() &&;

 private:
  Source* earliest();
  void take(Source& source);
  void report() const;
  void tell_problems();

  const ReadOptions* options_;
  std::vector<Source> sources_;
  Network network_;
  Connections connections_;
  Capture capture_;
  std::uint64_t held_ = 0;
};

void Reading::open(PacketFile file) {
  sources_.push_back({.file = std::move(file), .next = std::nullopt});
  sources_.back().next = sources_.back().file.next();
}

Source* Reading::earliest() {
  Source* first = nullptr;
  for (Source& source : sources_)
    if (source.next && (first == nullptr || source.next->time < first->next->time)) first = &source;
  return first;
}

void Reading::take(Source& source) {
  const Packet& packet = *source.next;
  ++capture_.packets;
  const NetworkPacket decoded = network_.decode(packet);
  switch (decoded.what) {
    case Decoded::segment:
      held_ += decoded.segment->payload.size();
      connections_.add(*decoded.segment, packet.time, source.file.name());
      break;
    case Decoded::fragment: break;
    case Decoded::foreign: ++capture_.foreign_packets; break;
    case Decoded::cut: ++source.cut; break;
    case Decoded::bad:
      ++source.bad;
      if (decoded.segment) connections_.add_bad(*decoded.segment, source.file.name());
      break;
  }
  source.next = source.file.next();
}

void Reading::report() const {
  if (!options_->progress) return;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  for (const Source& source : sources_) {
    done += source.file.done();
    total += source.file.size();
  }
  options_->progress(done, total);
}

void Reading::tell_problems() {
  for (const Source& source : sources_) {
    const std::string& name = source.file.name();
    if (source.file.problem()) capture_.problems.push_back(*source.file.problem());
    if (source.bad > 0)
      capture_.problems.push_back(
          fmt::format("{}: {} packets have headers that contradict themselves; they were left out.", name, source.bad));
    if (source.cut > 0)
      capture_.problems.push_back(fmt::format(
          "{}: {} packets were cut within their headers; capture whole packets (tcpdump -s 0).", name, source.cut));
  }
  if (network_.incomplete_packets() > 0)
    capture_.problems.push_back(fmt::format(
        "{}: {} packets came in fragments of which some are not in the capture; they were left out.",
        sources_.size() == 1 ? sources_.front().file.name() : "The captures", network_.incomplete_packets()));
}

Capture Reading::run() && {
  while (Source* const source = earliest()) {
    if (held_ >= options_->most_bytes) {
      capture_.problems.push_back(fmt::format(
          "{}: it was read no further than {} bytes of what was sent; cut it into smaller captures (editcap -c).",
          source->file.name(), held_));
      break;
    }
    take(*source);
    if (capture_.packets % progress_every == 0) report();
  }
  report();
  tell_problems();
  capture_.conversations = std::move(connections_).finish();
  return std::move(capture_);
}
}  // namespace

base::Result<Capture> read(const std::vector<std::string>& files, const ReadOptions& options) {
  Reading reading(options);
  for (const std::string& path : files) {
    auto file = PacketFile::open(path);
    if (!file) return std::unexpected(file.error());
    reading.open(std::move(*file));
  }
  return std::move(reading).run();
}

base::Result<Capture> read_bytes(base::ByteView bytes, std::string_view name, const ReadOptions& options) {
  auto file = PacketFile::open(bytes, name);
  if (!file) return std::unexpected(file.error());
  Reading reading(options);
  reading.open(std::move(*file));
  return std::move(reading).run();
}

}  // namespace captures
