// Why a datagram is no notification.
#pragma once

#include <cstdint>
#include <string_view>

namespace shogun {

enum class Refusal : std::uint8_t {
  empty,
  too_long,
  utf16,  // two bytes per letter
  not_xml,
  edgertronic_trigger,  // the other protocol
  malformed,            // XML that is cut off or broken
  doctype,              // with which entities come
  too_deep,
  too_many_elements,
  too_many_attributes,
  several_documents,  // more than one root
  unknown_root,
  other_flavour,  // a document of Xsens' form where another one is spoken
  no_name,        // of a start, complete or announcement
  value_too_long,
  bad_timecode,  // of an announcement, which it is all about
  bad_duration,
};
constexpr int refusals = 17;

std::string_view to_string(Refusal refusal) noexcept;  // a word for metrics: "unknown_root"
std::string_view sentence(Refusal refusal) noexcept;   // what is wrong and what to do about it

}  // namespace shogun
