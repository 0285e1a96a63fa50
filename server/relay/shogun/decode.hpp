// A datagram of a motion-capture stage, read as liberally as its many senders write.
#pragma once

#include <expected>

#include "server/base/bytes.hpp"
#include "server/relay/shogun/notification.hpp"
#include "server/relay/shogun/refusal.hpp"

namespace shogun {

// Of the document, behind which a NUL and anything may come. Vicon's own monitor reads 1600 bytes; lists of assets and
// long notes of kin come in fragments and are longer. Read into a buffer of more than this.
constexpr std::size_t max_document_size = 4096;
constexpr std::size_t published_document_size = 1600;
constexpr std::size_t max_value_size = 1024;  // bytes of one value

// The document ends at the first NUL, or with the datagram. Beyond that, what Notification::tolerated tells. A start,
// complete or announcement needs a name; a stop may come without one ("<CaptureStop/>") and means what is recorded now.
// A time code of zero ("00:00:00:00") or without a value is none.
std::expected<Notification, Refusal> decode(base::ByteView datagram, Flavour flavour = Flavour::vicon);

}  // namespace shogun
