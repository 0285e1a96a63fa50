#include "storage/catalog/sql_captures.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "storage/catalog/capture_matching.hpp"
#include "storage/catalog/capture_queue.hpp"
#include "storage/catalog/capture_statements.hpp"
#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/rows.hpp"

namespace storage {

using sql::Connection;

namespace {
// Ten minutes of video are twenty: a request that somebody can still look through.
constexpr std::size_t most_parts = 100;

std::unexpected<base::Error> invalid(const CaptureRequest& request, std::string_view why) {
  return base::fail(base::Errc::invalid, fmt::format("the capture request {} {}", request.id.str(), why));
}

bool has_each_camera_once(const CapturePart& part) {
  std::vector<base::Camera> cameras(part.files.size());
  std::ranges::transform(part.files, cameras.begin(), &CaptureFile::camera);
  std::ranges::sort(cameras);
  return !cameras.empty() && cameras.back() < base::Camera::relay &&
         std::ranges::adjacent_find(cameras) == cameras.end();
}

base::Result<> check(const CaptureRequest& request) {
  if (request.parts.empty() || request.parts.size() > most_parts)
    return invalid(request, fmt::format("has {} parts: give 1 to {}", request.parts.size(), most_parts));
  for (const CapturePart& part : request.parts) {
    if (part.imei != request.imei || part.request_id != request.id || part.kind != request.kind)
      return invalid(request, "has a part of another request: give it this one's id, device and kind");
    if (!has_each_camera_once(part))
      return invalid(request, "has a part without a camera, or with one twice: give each camera that is asked once");
    if (part.kind == base::MediaKind::video && (!part.from || part.duration_s > longest_part_s))
      return invalid(request, fmt::format("has a video without a begin, or longer than {} s", longest_part_s));
  }
  return {};
}

// Makes the step, if the part's state takes it.
template <class Step>
base::Result<bool> make_step(Connection& connection, const base::Uuid& part_id, base::UtcTime now, Step step) {
  auto row = sql::find_part(connection, part_id);
  if (!row) return std::unexpected(row.error());
  if (!*row) return false;
  const CaptureState was = (*row)->part.state;
  if (!step(**row)) return false;
  if (auto written = sql::write_part(connection, **row, was, now); !written) return std::unexpected(written.error());
  return true;
}
}  // namespace

// Whatever changes a device's parts waits for the device's row first, in the order of the devices, as everything else
// does that is about the device. Two nodes never wait for each other so, and what is read behind it stays so.
template <class Change>
auto SqlCaptures::change_device(const base::Imei& imei, Change change)
    -> decltype(change(std::declval<sql::Connection&>())) {
  return database_.change(
      [&](Connection& connection) -> decltype(change(connection)) {
        if (auto locked = sql::lock_device(connection, imei); !locked) return std::unexpected(locked.error());
        return change(connection);
      },
      imei.number());
}

// A part never changes its device.
template <class Step>
base::Result<bool> SqlCaptures::step(const base::Uuid& part_id, base::UtcTime now, Step step) {
  const auto found = database_.ask([&](Connection& reader) { return sql::find_part(reader, part_id); });
  if (!found) return std::unexpected(found.error());
  if (!*found) return false;
  return change_device((*found)->part.imei,
                       [&](Connection& connection) { return make_step(connection, part_id, now, step); });
}

// ---- For people

base::Result<AddedCapture> SqlCaptures::add_capture(const CaptureRequest& request) {
  if (auto valid = check(request); !valid) return std::unexpected(valid.error());
  return database_.change(
      [&](Connection& connection) -> base::Result<AddedCapture> {
        auto ready = sql::ensure_device(connection, request.imei, request.created_at);
        if (ready) ready = sql::lock_device(connection, request.imei);
        if (!ready) return std::unexpected(ready.error());
        const auto same = sql::same_request(connection, request);
        if (!same) return std::unexpected(same.error());
        for (const base::Uuid& id : {request.id, same->value_or(request.id)}) {
          auto found = sql::find_capture(connection, id);
          if (!found) return std::unexpected(found.error());
          if (*found) return AddedCapture{.request = std::move(**found), .existed = true};
        }
        if (auto added = sql::add_request(connection, request); !added) return std::unexpected(added.error());
        auto added = sql::find_capture(connection, request.id);
        if (!added) return std::unexpected(added.error());
        return AddedCapture{.request = added->value_or(request), .existed = false};
      },
      request.imei.number());
}

base::Result<std::optional<CaptureRequest>> SqlCaptures::find_capture(const base::Uuid& id) {
  return database_.ask([&](Connection& connection) { return sql::find_capture(connection, id); });
}

base::Result<CapturePage> SqlCaptures::list_captures(const CaptureQuery& query) {
  return database_.ask([&](Connection& connection) { return sql::list_captures(connection, query); });
}

base::Result<std::optional<CaptureRequest>> SqlCaptures::cancel_capture(const base::Uuid& id, base::UtcTime now) {
  const auto found = find_capture(id);
  if (!found || !*found) return found;
  return change_device((*found)->imei, [&](Connection& connection) -> base::Result<std::optional<CaptureRequest>> {
    for (const CapturePart& part : (*found)->parts)
      if (auto done = make_step(connection, part.id, now, steps::cancel); !done) return std::unexpected(done.error());
    return sql::find_capture(connection, id);
  });
}

base::Result<std::vector<CaptureCount>> SqlCaptures::count_captures() {
  return database_.ask(sql::count_captures);
}

// ---- For those who send

base::Result<std::vector<CapturePart>> SqlCaptures::take_captures(std::string_view node, std::uint32_t limit,
                                                                  const CapturePatience& patience, base::UtcTime now) {
  return take_captures(CaptureChannel::avl, node, limit, patience, now);
}

// Each in an operation of its own: they share commits with others', and locks of many devices are in nobody's way.
base::Result<std::vector<CapturePart>> SqlCaptures::take_captures(CaptureChannel channel, std::string_view node,
                                                                  std::uint32_t limit, const CapturePatience& patience,
                                                                  base::UtcTime now) {
  const sql::Sending sending{channel, node, now};
  const auto ready =
      database_.ask([&](Connection& connection) { return sql::parts_to_send(connection, sending, limit); });
  if (!ready) return std::unexpected(ready.error());
  std::vector<CapturePart> taken;
  for (const sql::PartKey& key : *ready) {
    auto part = change_device(key.imei, [&](Connection& connection) -> base::Result<std::optional<CapturePart>> {
      const auto still = sql::may_send(connection, sending, key.id);
      if (!still) return std::unexpected(still.error());
      std::optional<CapturePart> sent;
      if (!*still) return sent;
      const auto done = make_step(connection, key.id, now, [&](CaptureRow& row) {
        if (!steps::send(row, node, patience, now)) return false;
        row.part.updated_at = now;
        sent = row.part;
        return true;
      });
      if (!done) return std::unexpected(done.error());
      return sent;
    });
    // What was taken before is to be sent all the same.
    if (!part) return taken.empty() ? std::unexpected(part.error()) : base::Result<std::vector<CapturePart>>(taken);
    if (*part) taken.push_back(std::move(**part));
  }
  return taken;
}

base::Result<bool> SqlCaptures::give_back_capture(const base::Uuid& part_id, std::string_view reason,
                                                  std::chrono::milliseconds rest, base::UtcTime now) {
  return step(part_id, now, [&](CaptureRow& row) { return steps::give_back(row, reason, rest, now); });
}

base::Result<bool> SqlCaptures::capture_accepted(const base::Uuid& part_id, std::string_view reply,
                                                 const CapturePatience& patience, base::UtcTime now) {
  return step(part_id, now, [&](CaptureRow& row) { return steps::accept(row, reply, patience, now); });
}

base::Result<bool> SqlCaptures::capture_refused(const base::Uuid& part_id, std::string_view reply, base::UtcTime now) {
  return step(part_id, now, [&](CaptureRow& row) { return steps::refuse(row, reply, now); });
}

base::Result<std::vector<CapturePart>> SqlCaptures::awaiting_reply(const base::Imei& imei, CaptureChannel channel) {
  return database_.ask([&](Connection& connection) { return sql::awaiting_reply(connection, imei, channel); });
}

// ---- For the cameras' side

// Cameras connect all the time, and nearly always nobody has asked them for anything.
base::Result<> SqlCaptures::camera_connected(const base::Imei& imei, const CapturePatience& patience,
                                             base::UtcTime now) {
  const auto parts = database_.ask([&](Connection& reader) { return sql::accepted_parts(reader, imei); });
  if (!parts) return std::unexpected(parts.error());
  if (parts->empty()) return {};
  const auto done = change_device(imei, [&](Connection& connection) -> base::Result<bool> {
    for (const base::Uuid& id : *parts)
      if (auto made =
              make_step(connection, id, now, [&](CaptureRow& row) { return steps::connect(row, patience, now); });
          !made)
        return made;
    return true;
  });
  return done ? base::Result<>{} : std::unexpected(done.error());
}

base::Result<std::optional<base::Uuid>> SqlCaptures::capture_begins(const OfferedFile& file,
                                                                    const CapturePatience& patience,
                                                                    base::UtcTime now) {
  const auto window = sql::CaptureWindow::of(file);
  if (!window) return std::nullopt;
  const auto look = [&](Connection& connection) { return sql::match(connection, *window); };
  const auto found = database_.ask(look);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;  // nearly always
  return change_device(file.imei, [&](Connection& connection) -> base::Result<std::optional<base::Uuid>> {
    const auto matched = look(connection);
    if (!matched) return std::unexpected(matched.error());
    if (!*matched) return std::nullopt;
    const auto begun = make_step(connection, (*matched)->part_id, now,
                                 [&](CaptureRow& row) { return steps::begin(row, patience, now); });
    if (!begun) return std::unexpected(begun.error());
    return (*matched)->part_id;
  });
}

base::Result<> SqlCaptures::capture_progress(const base::Uuid& part_id, std::uint32_t percent,
                                             const CapturePatience& patience, base::UtcTime now) {
  const auto done = step(part_id, now, [&](CaptureRow& row) { return steps::progress(row, percent, patience, now); });
  return done ? base::Result<>{} : std::unexpected(done.error());
}

base::Result<> SqlCaptures::capture_interrupted(const base::Uuid& part_id, std::string_view reason,
                                                const CapturePatience& patience, base::UtcTime now) {
  const auto done = step(part_id, now, [&](CaptureRow& row) { return steps::interrupt(row, reason, patience, now); });
  return done ? base::Result<>{} : std::unexpected(done.error());
}

// ---- Time

base::Result<std::uint32_t> SqlCaptures::settle_captures(const CapturePatience& patience, base::UtcTime now,
                                                         std::uint32_t limit) {
  const auto overdue = database_.ask([&](Connection& reader) { return sql::parts_to_settle(reader, now, limit); });
  if (!overdue) return std::unexpected(overdue.error());
  std::uint32_t changed = 0;
  for (const sql::PartKey& key : *overdue) {
    const auto done = change_device(key.imei, [&](Connection& connection) {
      return make_step(connection, key.id, now, [&](CaptureRow& row) { return steps::settle(row, patience, now); });
    });
    if (!done) return std::unexpected(done.error());
    changed += *done ? 1 : 0;
  }
  return changed;
}

// ---- Retention

base::Result<std::uint32_t> SqlCaptures::forget_captures(base::UtcTime before, std::uint32_t limit) {
  const auto ended = database_.ask([&](Connection& reader) { return sql::ended_requests(reader, before, limit); });
  if (!ended) return std::unexpected(ended.error());
  std::map<base::Imei, std::vector<base::Uuid>> by_device;
  for (const auto& [id, imei] : *ended) by_device[imei].push_back(id);
  std::uint32_t forgotten = 0;
  for (const auto& [imei, ids] : by_device) {
    const auto done =
        change_device(imei, [&](Connection& connection) { return sql::forget_requests(connection, ids, before); });
    if (!done) return std::unexpected(done.error());
    forgotten += *done;
  }
  return forgotten;
}

// ---- Device profiles

base::Result<> SqlCaptures::set_capture_profile(const base::Imei& imei, std::string_view profile) {
  return database_.write(
      [&](Connection& connection) -> base::Result<> {
        if (auto made = sql::ensure_device(connection, imei, base::utc_now()); !made) return made;
        return connection.run("UPDATE devices SET capture_profile = $2 WHERE imei = $1", imei.number(), profile);
      },
      imei.number());
}

base::Result<std::string> SqlCaptures::capture_profile(const base::Imei& imei) {
  return database_.ask([&](Connection& connection) -> base::Result<std::string> {
    const auto found = sql::read_one<std::string>(
        connection.query("SELECT capture_profile FROM devices WHERE imei = $1", imei.number()),
        [](const sql::Rows& row) { return base::Result<std::string>(row.text(0)); });
    if (!found) return std::unexpected(found.error());
    return found->value_or("");
  });
}

}  // namespace storage
