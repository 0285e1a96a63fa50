// What trials and broken uploads leave in a bucket: found and removed, a page of each at a time.
#pragma once

#include "server/base/clock.hpp"
#include "storage/objects/s3_client.hpp"

namespace storage::s3 {

// Of the objects that probe() stores as a trial. '~' is in no key of an object, so they are never listed as such.
constexpr std::string_view probe_prefix = "~probe/";

// Both return how many were removed of those begun before `before`.
base::Result<std::uint64_t> remove_probes(Client& client, base::UtcTime before);
// A store that does not list unfinished uploads, or not to us, has none that we could remove.
base::Result<std::uint64_t> abort_uploads(Client& client, base::UtcTime before);

}  // namespace storage::s3
