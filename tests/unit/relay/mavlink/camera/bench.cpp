#include "bench.hpp"

#include <algorithm>
#include <array>

namespace mavlink::camera {

namespace {
constexpr base::Now beginning{base::SteadyTime{seconds{5000}}, base::UtcTime{seconds{1'790'000'000}}};

std::array<float, 7> padded(std::initializer_list<float> parameters) {
  auto all = filled<float, 7>(not_given);
  std::copy(parameters.begin(), parameters.end(), all.begin());
  return all;
}
}  // namespace

Description full_description() {
  Description camera;
  camera.vendor = "Maker";
  camera.model = "Field camera 1";
  camera.firmware = firmware_version(1, 2, 3, 4);
  camera.capabilities = capability::capture_image | capability::capture_video | capability::has_modes |
                        capability::image_in_video_mode | capability::video_in_image_mode | capability::basic_zoom |
                        capability::basic_focus;
  camera.zoom_types = bit(zoom_type::step) | bit(zoom_type::range);
  camera.focus_types = 0x7F;
  camera.resolution_h = 1920;
  camera.resolution_v = 1080;
  camera.lens.hfov = 60;
  camera.lens.vfov = 40;
  camera.streams = {{.name = "main", .uri = "rtsp://192.0.2.1/main", .framerate = 25},
                    {.name = "thermal", .uri = "rtsp://192.0.2.1/thermal", .is_thermal = true}};
  camera.storages = {{.name = "card", .type = storage_type::sd, .can_format = true}, {.name = "disk"}};
  camera.parameters = {{.id = "CAM_ISO", .type = param_type::u16, .value = std::uint64_t{100}, .min = 50, .max = 6400},
                       {.id = "CAM_EV", .type = param_type::real32, .value = 0.0, .min = -3, .max = 3, .step = 0.1},
                       {.id = "CAM_WB",
                        .type = param_type::i8,
                        .value = std::int64_t{-1},
                        .options = {{"automatic", std::int64_t{-1}}, {"sun", std::int64_t{1}}}},
                       {.id = "CAM_SERIAL", .type = param_type::custom, .value = std::string("A1"), .read_only = true}};
  camera.can_reset_settings = true;
  return camera;
}

CommandLong command_long(std::uint16_t id, std::initializer_list<float> parameters, Address to,
                         std::uint8_t confirmation) {
  const auto p = padded(parameters);
  return {.param1 = p[0],
          .param2 = p[1],
          .param3 = p[2],
          .param4 = p[3],
          .param5 = p[4],
          .param6 = p[5],
          .param7 = p[6],
          .command = id,
          .target_system = to.system,
          .target_component = to.component,
          .confirmation = confirmation};
}

CommandInt command_int(std::uint16_t id, std::initializer_list<float> parameters, Address to) {
  const auto p = padded(parameters);
  CommandInt out{.param1 = p[0], .param2 = p[1], .param3 = p[2], .param4 = p[3], .z = p[6], .command = id};
  if (p[4] == p[4]) out.x = static_cast<std::int32_t>(p[4]);
  if (p[5] == p[5]) out.y = static_cast<std::int32_t>(p[5]);
  out.target_system = to.system;
  out.target_component = to.component;
  out.frame = 2;
  return out;
}

Bench::Bench(Description description, std::int32_t image_count, bool online)
    : now(beginning), camera(std::move(description), image_count, now), start_(now.steady) {
  if (!online) return;
  camera.online(now, out);
  collect();
  clear();
}

void Bench::collect() {
  for (const auto& outgoing : out.send) {
    all.push_back(outgoing);
    at.push_back(std::chrono::duration_cast<milliseconds>(now.steady - start_));
  }
  asks.insert(asks.end(), out.asks.begin(), out.asks.end());
  pages.insert(pages.end(), out.pages.begin(), out.pages.end());
  notes.insert(notes.end(), out.notes.begin(), out.notes.end());
  for (const auto& keep : out.keep)
    if (const auto* record = std::get_if<ImageRecord>(&keep))
      log.push_back(*record);
    else
      log.clear();
  out.clear();
}

void Bench::clear() {
  all.clear();
  at.clear();
  asks.clear();
  pages.clear();
  notes.clear();
}

void Bench::hear(const Message& message, Address from, Peer peer, Permission permission) {
  camera.hear({from, peer, message, permission}, now, out);
  collect();
}

std::optional<int> Bench::command(std::uint16_t id, std::initializer_list<float> parameters, Address from, Peer peer) {
  collect();
  const auto before = all.size();
  hear(command_long(id, parameters), from, peer);
  if (all.size() == before) return std::nullopt;
  const auto* ack = std::get_if<CommandAck>(&all[before].message);
  if (!ack || ack->command != id || all[before].to != peer) return -1;
  return ack->result;
}

void Bench::run(milliseconds time) {
  const auto end = now.steady + time;
  while (true) {
    const auto wake = camera.next_wake();
    if (!wake || *wake > end) break;
    const auto step = std::chrono::ceil<milliseconds>(std::max(*wake - now.steady, base::SteadyTime::duration{0}));
    now.steady += step;
    now.utc += step;
    camera.wake(now, out);
    collect();
  }
  now.utc += std::chrono::duration_cast<milliseconds>(end - now.steady);
  now.steady = end;
}

void Bench::image(bool ok) {
  camera.image(asks.back().id, {.ok = ok, .taken_at = now.utc, .url = "http://192.0.2.1/i", .reason = "no light"}, now,
               out);
  collect();
}

void Bench::done(bool ok) {
  camera.done(asks.back().id, {ok, ok ? "" : "it would not"}, now, out);
  collect();
}

void Bench::answer_pages() {
  while (!pages.empty()) {
    const auto page = pages.front();
    pages.erase(pages.begin());
    std::vector<ImageRecord> records;
    for (const auto& record : log)
      if (record.index >= page.first && record.index <= page.last) records.push_back(record);
    camera.page(page.id, std::move(records), now, out);
    collect();
  }
}

}  // namespace mavlink::camera
