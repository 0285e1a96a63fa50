// Frames made by another program of the protocol, with the values that are in them (golden.json).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/relay/mavlink/wire/message.hpp"
#include "server/relay/mavlink/wire/signing.hpp"

namespace mavlink::test {

struct GoldenSignature {
  std::string passphrase;
  SigningKey key{};
  std::uint8_t link = 0;
  SigningTime time = 0;
};

struct Golden {
  std::string name;
  std::uint32_t id = 0;
  int version = 2;
  Address from;
  std::uint8_t sequence = 0;
  std::optional<Message> message;  // nothing: not one of `Message`
  bool decode_only = false;        // as others send it, not as we do
  std::optional<GoldenSignature> signature;
  base::Bytes bytes;
};

const std::vector<Golden>& golden();

// Bit by bit: what is not a number equals itself.
bool same(const Message& a, const Message& b);

}  // namespace mavlink::test
