// The way of one part of a capture request, step by step. Pure: whoever calls has read the row under the lock of its
// device, and writes it again. False: the step is none that this state takes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "storage/catalog/capture_catalog.hpp"

namespace storage {

// A part, and what only the catalog knows of it.
struct CaptureRow {
  CapturePart part;
  base::UtcTime deadline;
  std::optional<base::UtcTime> first_sent_at;
  std::chrono::milliseconds patience{};   // for a file, as it was when the command was sent
  std::optional<base::UtcTime> final_at;  // nothing: it is not
};

namespace steps {
bool send(CaptureRow& row, std::string_view node, const CapturePatience& patience, base::UtcTime now);
bool give_back(CaptureRow& row, std::string_view reason, std::chrono::milliseconds rest, base::UtcTime now);
bool accept(CaptureRow& row, std::string_view reply, const CapturePatience& patience, base::UtcTime now);
bool refuse(CaptureRow& row, std::string_view reply, base::UtcTime now);
bool cancel(CaptureRow& row);
bool connect(CaptureRow& row, const CapturePatience& patience, base::UtcTime now);
bool begin(CaptureRow& row, const CapturePatience& patience, base::UtcTime now);
bool progress(CaptureRow& row, std::uint32_t percent, const CapturePatience& patience, base::UtcTime now);
bool interrupt(CaptureRow& row, std::string_view reason, const CapturePatience& patience, base::UtcTime now);
bool settle(CaptureRow& row, const CapturePatience& patience, base::UtcTime now);
bool receive(CaptureRow& row, base::Camera camera, const base::Uuid& media_id, base::UtcTime now);
}  // namespace steps

// What a file's time of capture is held against; nothing: no file belongs to the part, or, of a photo, no further one.
std::optional<base::UtcTime> matches_at(const CaptureRow& row);

// Of all parts together, by their numbers.
struct PartState {
  CaptureState state = CaptureState::queued;
  std::string reason;
};
PartState overall(std::span<const PartState> parts);

}  // namespace storage
