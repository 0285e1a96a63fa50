// What is spoken, and by whom, told by the bytes. Sans-IO.
#pragma once

#include <optional>
#include <span>

#include "server/base/bytes.hpp"
#include "server/base/imei.hpp"
#include "tools/capture/conversation.hpp"

namespace captures {

struct Spoken {
  Protocol protocol = Protocol::unknown;
  std::optional<bool> first_is_device;  // nothing: the bytes do not tell
  std::optional<base::Imei> imei;
};

// The bytes of both sides of a TCP connection, which need not begin at its beginning.
Spoken spoken_over_tcp(base::ByteView first, base::ByteView second);

// Datagrams of both, in order.
Spoken spoken_in_datagrams(std::span<const base::ByteView> first, std::span<const base::ByteView> second);

// What looks like a camera's INIT at the front of `bytes`: a whole one, with a valid IMEI and the settings bit that is
// always there.
bool is_init(base::ByteView bytes) noexcept;

}  // namespace captures
