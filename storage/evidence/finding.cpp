#include "storage/evidence/finding.hpp"

#include <fmt/format.h>

namespace storage::evidence {

std::string_view to_string(Break kind) noexcept {
  switch (kind) {
    case Break::no_evidence: return "no_evidence";
    case Break::segment_missing: return "segment_missing";
    case Break::segment_changed: return "segment_changed";
    case Break::segment_header: return "segment_header";
    case Break::segment_entries: return "segment_entries";
    case Break::line_unreadable: return "line_unreadable";
    case Break::record_missing: return "record_missing";
    case Break::record_repeated: return "record_repeated";
    case Break::record_changed: return "record_changed";
    case Break::head_unknown: return "head_unknown";
    case Break::object_missing: return "object_missing";
    case Break::object_size: return "object_size";
    case Break::object_content: return "object_content";
    case Break::object_left: return "object_left";
    case Break::object_unknown: return "object_unknown";
  }
  return "";
}

std::string describe(const Place& place) {
  if (place.segment == 0) return "in the catalog, not sealed yet";
  return fmt::format("segment {}, line {}", place.segment, place.line);
}

}  // namespace storage::evidence
