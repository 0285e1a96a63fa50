#include "tests/campaign/mutants/units.hpp"

#include <algorithm>
#include <array>

namespace mutants {

namespace {
using storage::Format;

std::vector<Unit> ptmf_records(base::ByteView file) {
  std::vector<Unit> units;
  for (std::size_t at = 0; at + storage::ptmf_header_size <= file.size();) {
    const auto header = storage::parse_ptmf_header(file.subspan(at));
    if (!header) break;
    units.push_back({at, storage::ptmf_header_size, storage::ptmf_header_size + header->payload_size, 24, 4, false});
    at += units.back().size;
  }
  return units;
}

std::vector<Unit> annexb_units(base::ByteView file) {
  std::vector<Unit> units;
  constexpr std::array<std::uint8_t, 3> start_code{0, 0, 1};
  for (std::size_t at = 0; at < file.size();) {
    const auto rest = file.subspan(std::min(at + start_code.size(), file.size()));
    const auto next = std::ranges::search(rest, start_code).begin();
    const auto end = file.size() - static_cast<std::size_t>(rest.end() - next);
    units.push_back({.begin = at, .header = std::min<std::size_t>(6, end - at), .size = end - at});
    at = end;
  }
  return units;
}

void add_boxes(std::vector<Unit>& units, base::ByteView file, std::size_t at, std::size_t end) {
  constexpr std::size_t box_header = 8;
  constexpr std::array<std::string_view, 7> with_boxes{"moov", "trak", "mdia", "minf", "stbl", "edts", "dinf"};
  while (at + box_header <= end) {
    const std::size_t size = base::load_be<std::uint32_t>(&file[at]);
    if (size < box_header || size > end - at) return;
    units.push_back({at, box_header, size, 0, 4, true});
    const std::string_view type = base::as_text(file.subspan(at + 4, 4));
    if (std::ranges::find(with_boxes, type) != with_boxes.end()) add_boxes(units, file, at + box_header, at + size);
    at += size;
  }
}

std::vector<Unit> transport_packets(base::ByteView file) {
  constexpr std::size_t packet = 188, header = 12;
  std::vector<Unit> units;
  for (std::size_t at = 0; at + packet <= file.size(); at += packet)
    units.push_back({.begin = at, .header = header, .size = packet});
  return units;
}

std::vector<Unit> jpeg_segments(base::ByteView file) {
  std::vector<Unit> units;
  constexpr std::uint8_t start_of_scan = 0xda;
  for (std::size_t at = 2; at + 4 <= file.size();) {
    const std::size_t size = 2U + base::load_be<std::uint16_t>(&file[at + 2]);
    const bool scan = file[at + 1] == start_of_scan;
    const std::size_t end = scan ? file.size() : std::min(at + size, file.size());
    units.push_back({at, std::min<std::size_t>(20, end - at), end - at, 2, 2, true});
    at = end;
  }
  return units;
}
}  // namespace

std::vector<Unit> units_of(Format format, base::ByteView file) {
  std::vector<Unit> units;
  switch (format) {
    case Format::ptmf: units = ptmf_records(file); break;
    case Format::annexb: units = annexb_units(file); break;
    case Format::mp4: add_boxes(units, file, 0, file.size()); break;
    case Format::mpegts: units = transport_packets(file); break;
    case Format::jpeg: units = jpeg_segments(file); break;
    default: break;
  }
  if (units.empty()) units.push_back({.size = file.size()});
  return units;
}

}  // namespace mutants
