// Where a page ended, as an opaque text for clients: the sort key of its last row and a check, in hexadecimal.
#pragma once

#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/result.hpp"

namespace storage {

// One per listing, so that a cursor of one is refused by the other.
enum class Listing : char {
  media = 'm',
  transfers = 't',
  jobs = 'j',
  device_events = 'e',
  captures = 'c',
  triggers = 'r',
  takes = 'k'
};

struct PageEnd {
  base::UtcTime time;
  base::Uuid id;
};

std::string encode_cursor(Listing listing, const PageEnd& end);

// `invalid` unless encode_cursor made it for the same listing. The check finds mistakes, it is no signature: a cursor
// gives nobody more than the filters do.
base::Result<PageEnd> decode_cursor(Listing listing, std::string_view cursor);

}  // namespace storage
