// Writes what a device answered into the catalog. Blocks. Errors are the catalog's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/avl/camera_request.hpp"
#include "storage/catalog/capture_catalog.hpp"

namespace capture {

// Of a reply so much is kept.
constexpr std::size_t longest_reply = 500;
std::string kept_text(std::string_view reply);  // tidied, printable, bounded

// False: the part is in a state in which it waits for none. Precondition: the answer is recognised.
base::Result<bool> write_answer(storage::CaptureCatalog& captures, const storage::CapturePart& part,
                                const avl::Answer& answer, std::string_view text,
                                const storage::CapturePatience& patience, base::UtcTime now);

// Dispatcher::reply().
base::Result<storage::CaptureRequest> take_reply(storage::CaptureCatalog& captures, const base::Uuid& request_id,
                                                 std::optional<std::uint32_t> part, std::string_view text,
                                                 const storage::CapturePatience& patience, base::UtcTime now);

// Whether the same call may succeed later.
bool is_passing(const base::Error& error) noexcept;

}  // namespace capture
