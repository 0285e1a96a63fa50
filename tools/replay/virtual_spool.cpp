#include "tools/replay/virtual_spool.hpp"

#include <fmt/format.h>

#include "storage/formats/format.hpp"
#include "storage/spool/overlap.hpp"
#include "tools/replay/action_line.hpp"

namespace replay {

VirtualSpool::File& VirtualSpool::open(const base::Imei& imei, const dualcam::FileOffer& offer) {
  std::string key = fmt::format("{} {} {} {} {:04x} {} {}", imei.str(), offer.name, offer.declared_size,
                                offer.unit == dualcam::SizeUnit::packets, offer.declared_crc,
                                offer.metadata.captured_ms.value_or(0), base::to_hex(offer.raw_metadata));
  if (offer.metadata.captured_ms.value_or(0) == 0) key += fmt::format(" {}", ++nameless_);
  return files_[key];
}

dualcam::KeptFile VirtualSpool::kept(File& file, const dualcam::FileOffer& offer) {
  const std::uint64_t have = file.bytes.size();
  const bool complete = file.stored || (offer.unit == dualcam::SizeUnit::bytes && have == offer.declared_size);
  const std::uint64_t size = complete ? have : storage::whole_packets(have);
  std::optional<storage::Overlap> overlap;
  if (size > 0) {
    const std::uint64_t from = storage::widest_overlap_start(size);
    overlap = storage::choose_overlap(from, base::ByteView(file.bytes).subspan(from, size - from));
  }
  if (!overlap) {
    start_over(file);
    return {};
  }
  file.bytes.resize(size);
  file.overlap = std::move(overlap->bytes);
  return {.size = size, .overlap_offset = overlap->offset, .overlap = file.overlap, .complete = file.stored};
}

void VirtualSpool::write(File& file, std::uint64_t offset, base::ByteView bytes) {
  file.bytes.resize(offset);
  file.bytes.insert(file.bytes.end(), bytes.begin(), bytes.end());
}

void VirtualSpool::start_over(File& file) {
  file.bytes.clear();
  file.stored = file.gaps = false;
}

std::optional<std::string> VirtualSpool::finish(File& file) {
  if (!file.stored && !file.gaps) {
    storage::FormatCheck check;
    check.feed(file.bytes);
    auto defect = check.finish().defect;
    std::string hash = short_hash(file.bytes);
    if (defect && file.rejected != hash) {
      start_over(file);
      file.rejected = std::move(hash);
      return defect;
    }
  }
  file.stored = true;
  return std::nullopt;
}

}  // namespace replay
