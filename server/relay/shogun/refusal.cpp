#include "server/relay/shogun/refusal.hpp"

#include <array>

namespace shogun {

namespace {
struct Words {
  std::string_view word, sentence;
};
// In the order of the enum.
constexpr std::array<Words, refusals> words{{
    {"empty", "The datagram is empty."},
    {"too_long", "The datagram is too long for a capture notification, which fits into one network packet."},
    {"utf16", "The document has two bytes per letter (UTF-16): the sender has to write UTF-8."},
    {"not_xml",
     "The datagram does not begin with an XML element: it is somebody else's, sent to this port by mistake."},
    {"edgertronic_trigger",
     "This is a trigger of edgertronic cameras and no capture notification: it belongs to an endpoint of its own "
     "protocol."},
    {"malformed", "The XML is broken or cut off."},
    {"doctype", "The document has a document type, which no notification needs and with which entities come."},
    {"too_deep", "The XML's elements are nested too deep."},
    {"too_many_elements", "The XML has too many elements."},
    {"too_many_attributes", "An element of the XML has too many attributes."},
    {"several_documents", "The datagram has several documents: the sender has to send each in one of its own."},
    {"unknown_root", "The document is no capture notification: none begins with such an element."},
    {"other_flavour",
     "This is a message of Xsens' form, and the endpoint speaks another one: set its flavour to xsens if that is who "
     "sends here."},
    {"no_name", "The notification has no Name."},
    {"value_too_long", "A value of the notification is too long."},
    {"bad_timecode", "The time code makes no sense, and the notification announces when it is reached."},
    {"bad_duration", "The duration makes no sense: FRAMES, PERIOD and TICKS are whole numbers."},
}};
}  // namespace

std::string_view to_string(Refusal refusal) noexcept {
  return words[static_cast<std::size_t>(refusal)].word;
}

std::string_view sentence(Refusal refusal) noexcept {
  return words[static_cast<std::size_t>(refusal)].sentence;
}

}  // namespace shogun
