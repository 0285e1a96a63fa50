// PostgreSQL's answers as errors for people.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/base/result.hpp"

namespace storage::postgres {

// What may be done with the connection, and with the transaction that was under way, behind an error.
enum class Aftermath : std::uint8_t {
  usable,     // the statement failed, the connection is as good as before
  repeat,     // others stood in the way: the same transaction may pass when it is run again
  reconnect,  // nothing more will come over this connection; another one may do
};

struct Answer {
  base::Error error;
  Aftermath aftermath = Aftermath::usable;
};

// Never `corrupt`: whoever stores a file takes that for its own bytes and drops them, and they are not to blame.
// `sqlstate` has five characters or none, `detail` is what the server or libpq says, `catalog` the URL without
// password.
Answer statement_failed(std::string_view sqlstate, std::string_view detail, std::string_view catalog);

// No connection came about. `unavailable` where it may come about later without a hand.
base::Error connect_failed(std::string_view detail, std::string_view catalog);

}  // namespace storage::postgres
