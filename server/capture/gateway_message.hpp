// What a gateway is sent and what it answers, as text. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/capture/gateway.hpp"

namespace capture {

std::string gateway_body(const storage::CapturePart& part, const GatewayOptions& options);
// HMAC-SHA256, 64 lower-case digits; nothing when memory is short.
std::optional<std::string> signature_of(std::string_view body, std::string_view secret);
std::string idempotency_key(const storage::CapturePart& part);

// "reply" of a JSON object, if it is a text that is not empty.
std::optional<std::string> reply_in(std::string_view body);
// What a body that refuses says, for a person: the member of a JSON object that explains, else its text; printable,
// bounded, without `secrets`, which a gateway may repeat.
std::string words_in(std::string_view body, const std::vector<std::string>& secrets);

}  // namespace capture
