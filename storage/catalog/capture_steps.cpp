#include "storage/catalog/capture_steps.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace storage {

namespace {
using enum CaptureState;

// Its answer, or its file, may still come.
bool was_sent(const CapturePart& part) noexcept {
  return part.state == sent || (part.state == queued && part.attempts > 0);
}

bool is_awaited(CaptureState state) noexcept {
  return state == accepted || state == connecting || state == transferring;
}

void go(CaptureRow& row, CaptureState state, std::string_view reason, std::optional<base::UtcTime> due = {}) {
  row.part.state = state;
  row.part.reason = reason;
  row.part.due_at = due;
  row.part.percent = 0;
}

bool has_all_files(const CapturePart& part) noexcept {
  return std::ranges::none_of(part.files, [](const CaptureFile& file) { return file.media_id.is_nil(); });
}

std::int64_t seconds(std::chrono::milliseconds time) {
  return std::chrono::round<std::chrono::seconds>(time).count();
}

std::string_view missed(const CapturePart& part) noexcept {
  switch (part.state) {
    case queued: return part.attempts == 0 ? "the device could be asked" : "the device could be asked again";
    case sent: return "the device answered";
    case accepted: return "the camera connected";
    case connecting: return "the file came";
    default: return "the file was complete";
  }
}

std::string in_vain(CaptureState state, const CapturePatience& patience) {
  if (state == sent) return fmt::format("The device has not answered within {} s.", seconds(patience.reply));
  return fmt::format("{} within {} s.",
                     state == accepted     ? "The camera has not connected"
                     : state == connecting ? "The camera has not sent the file"
                                           : "The file has not grown",
                     seconds(patience.file));
}
}  // namespace

namespace steps {

bool send(CaptureRow& row, std::string_view node, const CapturePatience& patience, base::UtcTime now) {
  CapturePart& part = row.part;
  if (part.state != queued) return false;
  go(row, sent, "", now + patience.reply);
  ++part.attempts;
  part.node = node;
  part.sent_at = now;
  part.replied_at.reset();
  if (!row.first_sent_at) row.first_sent_at = now;
  row.patience = patience.file;
  return true;
}

bool give_back(CaptureRow& row, std::string_view reason, std::chrono::milliseconds rest, base::UtcTime now) {
  CapturePart& part = row.part;
  if (part.state != sent) return false;
  go(row, queued, reason, now + rest);
  if (--part.attempts != 0) return true;
  part.sent_at.reset();  // the device has not heard of it
  row.first_sent_at.reset();
  return true;
}

bool accept(CaptureRow& row, std::string_view reply, const CapturePatience& patience, base::UtcTime now) {
  if (!was_sent(row.part)) return false;
  go(row, accepted, "", now + patience.file);
  row.part.reply = reply;
  row.part.replied_at = now;
  return true;
}

bool refuse(CaptureRow& row, std::string_view reply, base::UtcTime now) {
  if (!was_sent(row.part)) return false;
  go(row, refused, reply);
  row.part.reply = reply;
  row.part.replied_at = now;
  return true;
}

bool cancel(CaptureRow& row) {
  if (is_final(row.part.state)) return false;
  go(row, cancelled, "It was cancelled.");
  return true;
}

bool connect(CaptureRow& row, const CapturePatience& patience, base::UtcTime now) {
  if (row.part.state != accepted) return false;
  go(row, connecting, "", now + patience.file);
  return true;
}

// The answer may have been lost, or be on its way still: the file says that there was one.
bool begin(CaptureRow& row, const CapturePatience& patience, base::UtcTime now) {
  if (!was_sent(row.part) && !is_awaited(row.part.state)) return false;
  go(row, transferring, "", now + patience.file);
  return true;
}

bool progress(CaptureRow& row, std::uint32_t percent, const CapturePatience& patience, base::UtcTime now) {
  if (row.part.state != transferring) return false;
  row.part.percent = std::min(percent, 100U);
  row.part.due_at = now + patience.file;
  return true;
}

bool interrupt(CaptureRow& row, std::string_view reason, const CapturePatience& patience, base::UtcTime now) {
  if (row.part.state != transferring) return false;
  go(row, accepted, reason, now + patience.file);
  return true;
}

bool settle(CaptureRow& row, const CapturePatience& patience, base::UtcTime now) {
  CapturePart& part = row.part;
  if (is_final(part.state)) return false;
  if (row.deadline <= now) {
    go(row, expired, fmt::format("The deadline passed before {}.", missed(part)));
    return true;
  }
  if (part.state == queued || !part.due_at || *part.due_at > now) return false;
  const std::string reason = in_vain(part.state, patience);
  if (part.attempts < patience.attempts)
    go(row, queued, reason, now + patience.rest);
  else
    go(row, failed, fmt::format("{} It was asked for {} times.", reason, part.attempts));
  return true;
}

// Of two files the second one is on its way: the camera is here.
bool receive(CaptureRow& row, base::Camera camera, const base::Uuid& media_id, base::UtcTime now) {
  CapturePart& part = row.part;
  const auto place = std::ranges::find(part.files, CaptureFile{camera, {}});
  if (place == part.files.end()) return false;
  place->media_id = media_id;
  if (has_all_files(part)) {
    if (part.state != cancelled) go(row, stored, "");
  } else if (!is_final(part.state)) {
    go(row, connecting, "", now + row.patience);
  }
  return true;
}

}  // namespace steps

std::optional<base::UtcTime> matches_at(const CaptureRow& row) {
  const CapturePart& part = row.part;
  if (!row.first_sent_at) return std::nullopt;
  // What was refused the second time may have been taken the first time, when the answer got lost.
  const bool video = part.kind == base::MediaKind::video;
  if (part.state == refused && (!video || part.attempts < 2)) return std::nullopt;
  if (video) return part.from;  // also of a file that comes once more
  return has_all_files(part) ? std::nullopt : row.first_sent_at;
}

PartState overall(std::span<const PartState> parts) {
  const PartState* found = nullptr;
  for (const PartState& part : parts)
    if (!is_final(part.state) && (found == nullptr || part.state < found->state)) found = &part;
  if (found != nullptr) return *found;
  const auto lacking = std::ranges::find_if(parts, [](const PartState& part) { return part.state != stored; });
  return lacking == parts.end() ? PartState{stored, ""} : *lacking;
}

}  // namespace storage
