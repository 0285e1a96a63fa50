// The hub's words as MAVLink's, and back.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "server/endpoints/mavlink_words.hpp"
#include "server/endpoints/vocabulary.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace order = mavlink::station::order;
using mavlink::station::Key;
using mavlink::station::Order;
using Known = mavlink::shots::Camera::Known;

hub::Command command(std::string verb, hub::Fields parameters = {}) {
  hub::Command command;
  command.verb = std::move(verb);
  command.parameters = std::move(parameters);
  return command;
}

template <class T>
T order_as(const hub::Command& command) {
  const auto made = order_of(command);
  EXPECT_TRUE(made) << made.error().message;
  if (made && std::holds_alternative<T>(*made)) return std::get<T>(*made);
  ADD_FAILURE() << command.verb << " became another order";
  return {};
}

TEST(MavlinkOrders, OneShotOrASeries) {
  order_as<order::TakeImage>(command("shoot"));
  order_as<order::TakeImage>(command("shoot", {{"count", "1"}, {"interval", "5s"}}));
  const auto series = order_as<order::TakeImages>(command("shoot", {{"count", "3"}}));
  EXPECT_EQ(series.total, 3U);
  EXPECT_EQ(series.interval, 1s);
  const auto slow = order_as<order::TakeImages>(command("shoot", {{"count", "10000"}, {"interval", "2500ms"}}));
  EXPECT_EQ(slow.total, 10'000U);
  EXPECT_EQ(slow.interval, 2500ms);
}

TEST(MavlinkOrders, OfTheOtherVerbs) {
  order_as<order::StopImages>(command("stop"));
  EXPECT_EQ(order_as<order::StartVideo>(command("start_video")).stream, 0);
  EXPECT_EQ(order_as<order::StopVideo>(command("stop_video")).stream, 0);
  const auto zoom = order_as<order::Zoom>(command("zoom", {{"percent", "40"}}));
  EXPECT_EQ(zoom.type, mavlink::zoom_type::range);
  EXPECT_EQ(zoom.value, 40.0F);
  const auto focus = order_as<order::Focus>(command("focus", {{"percent", "0"}}));
  EXPECT_EQ(focus.type, mavlink::focus_type::range);
  EXPECT_EQ(focus.value, 0.0F);
  EXPECT_EQ(order_as<order::Focus>(command("focus")).type, mavlink::focus_type::auto_single);
  const std::pair<const char*, std::uint8_t> modes[] = {{"image", mavlink::camera_mode::image},
                                                        {"video", mavlink::camera_mode::video},
                                                        {"survey", mavlink::camera_mode::image_survey}};
  for (const auto& [word, mode] : modes)
    EXPECT_EQ(order_as<order::SetMode>(command("mode", {{"mode", word}})).mode, mode) << word;
}

TEST(MavlinkOrders, EveryVerbOfTheVocabularyIsOne) {
  for (const hub::Verb& verb : vocabulary().verbs()) {
    if (verb.protocol != hub::Protocol::mavlink) continue;
    hub::Fields parameters;
    for (const hub::Parameter& parameter : verb.parameters)
      if (parameter.required)
        parameters.push_back({std::string(parameter.name), parameter.choices.empty() ? "1" : "image"});
    EXPECT_TRUE(order_of(command(std::string(verb.name), parameters))) << verb.name;
  }
}

TEST(MavlinkOrders, WhatATemplateBroughtIsCheckedHere) {
  const std::tuple<const char*, const char*, const char*> wrong[] = {
      {"shoot", "count", "many"},  {"shoot", "count", "0"},      {"shoot", "count", "-1"},
      {"shoot", "count", "10001"}, {"shoot", "count", "1.5"},    {"shoot", "interval", "soon"},
      {"zoom", "percent", "half"}, {"zoom", "percent", "-1"},    {"zoom", "percent", "101"},
      {"zoom", "percent", ""},     {"focus", "percent", "101"},  {"focus", "percent", "near"},
      {"mode", "mode", ""},        {"mode", "mode", "panorama"},
  };
  for (const auto& [verb, name, value] : wrong) {
    const auto made = order_of(command(verb, {{name, value}}));
    ASSERT_FALSE(made) << verb << ' ' << name << ' ' << value;
    EXPECT_EQ(made.error().code, base::Errc::invalid);
    EXPECT_THAT(made.error().message, HasSubstr(name));
    EXPECT_THAT(made.error().message, HasSubstr(value));
  }
  const auto unknown = order_of(command("fly"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "A MAVLink camera cannot be told to fly.");
}

TEST(MavlinkResults, SayHowItEndedInTheHubsWords) {
  using mavlink::station::Outcome;
  mavlink::station::EndedCommand ended{.id = 1, .key = {}, .what = "take an image (shot 7)", .took = 120ms, .sends = 1};
  ended.outcome = Outcome::accepted;
  auto result = result_of(ended);
  EXPECT_EQ(result.outcome, hub::Outcome::confirmed);
  EXPECT_EQ(result.reason, "The camera acknowledged it.");
  EXPECT_EQ(result.latency, 120ms);

  const auto check = [&](hub::Outcome outcome, const char* reason) {
    result = result_of(ended);
    EXPECT_EQ(result.outcome, outcome);
    EXPECT_EQ(result.reason, reason);
    EXPECT_FALSE(result.latency) << "of what was done only";
  };
  ended.outcome = Outcome::refused;
  ended.result = mavlink::result::temporarily_rejected;
  ended.word = "temporarily rejected";
  check(hub::Outcome::ignored, "The camera answered: temporarily rejected.");
  ended.result = mavlink::result::denied;
  ended.word = "denied";
  check(hub::Outcome::failed, "The camera answered: denied.");
  ended.sends = 3;
  check(hub::Outcome::failed, "The camera answered: denied.");
  ended.result = mavlink::result::temporarily_rejected;
  ended.word = "temporarily rejected";
  check(hub::Outcome::unconfirmed,
        "The camera answered the 3. of equal commands: temporarily rejected. It may have done what an earlier one "
        "asked.");
  ended.outcome = Outcome::no_answer;
  check(hub::Outcome::unconfirmed, "The camera did not answer, asked 3 times.");
  ended.outcome = Outcome::cancelled;
  check(hub::Outcome::failed, "It was cancelled.");
  ended.outcome = Outcome::camera_gone;
  check(hub::Outcome::failed, "The camera is gone.");
}

// ---- Signs.

constexpr auto every_kind = {mavlink::shots::Kind::command,     mavlink::shots::Kind::trigger,
                             mavlink::shots::Kind::captured,    mavlink::shots::Kind::feedback,
                             mavlink::shots::Kind::video_start, mavlink::shots::Kind::video_stop};

// With all that a sign can have.
mavlink::shots::Shot full(mavlink::shots::Kind kind, Known known = Known::component) {
  mavlink::shots::Shot sign;
  sign.id = 42;
  sign.kind = kind;
  sign.from = {1, 1};
  sign.target = {1, 100};
  sign.system = 1;
  sign.camera = {known, 100};
  sign.seq = 7;
  sign.image_index = 12;
  sign.result = 1;
  sign.url = "http://10.0.0.5/a.jpg";
  sign.latitude = 54.6872;
  sign.longitude = -25.2797;
  sign.altitude = 112.5;
  sign.time = base::UtcTime{1'790'000'000'123ms};
  return sign;
}

const std::string* find(const hub::Event& event, std::string_view name) {
  return hub::find(event.fields, name);
}

TEST(MavlinkEvents, HaveEveryFieldOfTheirSign) {
  const hub::Event event = event_of(full(mavlink::shots::Kind::captured), false);
  EXPECT_EQ(event.protocol, hub::Protocol::mavlink);
  EXPECT_EQ(event.kind, "captured");
  const std::pair<const char*, std::string> fields[] = {{"sign", "captured"},
                                                        {"may_command", "true"},
                                                        {"system", "1"},
                                                        {"sender", "1/1"},
                                                        {"target", "1/100"},
                                                        {"component", "100"},
                                                        {"sequence", "7"},
                                                        {"image_index", "12"},
                                                        {"result", "1"},
                                                        {"url", "http://10.0.0.5/a.jpg"},
                                                        {"latitude", "54.6872000"},
                                                        {"longitude", "-25.2797000"},
                                                        {"altitude", "112.500"},
                                                        {"time", base::to_iso8601(base::UtcTime{1'790'000'000'123ms})}};
  for (const auto& [name, value] : fields) {
    ASSERT_NE(find(event, name), nullptr) << name;
    EXPECT_EQ(*find(event, name), value) << name;
  }
  EXPECT_EQ(event.fields.size(), std::size(fields));
  const hub::Event numbered = event_of(full(mavlink::shots::Kind::feedback, Known::number), false);
  ASSERT_NE(find(numbered, "camera"), nullptr);
  EXPECT_EQ(*find(numbered, "camera"), "100");
  EXPECT_EQ(find(numbered, "component"), nullptr);
}

TEST(MavlinkEvents, HaveNoFieldThatTheirSignHasNot) {
  mavlink::shots::Shot bare;
  bare.kind = mavlink::shots::Kind::trigger;
  std::vector<std::string> names;
  for (const auto& field : event_of(bare, false).fields) names.push_back(field.name);
  EXPECT_THAT(names, testing::ElementsAre("sign", "may_command", "system", "sender", "target"));
}

TEST(MavlinkEvents, OfAShotAreToldAsOneAndSignBySign) {
  for (const auto kind : every_kind) {
    const std::string word(mavlink::shots::to_string(kind));
    const bool video = kind == mavlink::shots::Kind::video_start || kind == mavlink::shots::Kind::video_stop;
    const hub::Event as_shot = event_of(full(kind), true);
    const hub::Event as_sign = event_of(full(kind), false);
    EXPECT_EQ(as_shot.kind, video ? word : "shot");
    EXPECT_EQ(as_sign.kind, word);
    EXPECT_EQ(*find(as_shot, "sign"), word);
    EXPECT_EQ(as_shot.key == as_sign.key, video) << "two events, or one";
  }
  auto other = full(mavlink::shots::Kind::captured);
  other.from = {1, 101};
  EXPECT_NE(event_of(other, false).key, event_of(full(mavlink::shots::Kind::captured), false).key)
      << "a command to all cameras: each has its image";
}

TEST(MavlinkEvents, AreInTheVocabularyWithTheirFields) {
  for (const auto kind : every_kind)
    for (const bool as_shot : {true, false})
      for (const auto known : {Known::component, Known::number}) {
        const hub::Event event = event_of(full(kind, known), as_shot);
        const auto* const entry = vocabulary().event_kind(hub::Protocol::mavlink, event.kind);
        ASSERT_NE(entry, nullptr) << event.kind;
        for (const auto& field : event.fields)
          EXPECT_TRUE(std::ranges::count(entry->fields, std::string_view(field.name)))
              << event.kind << ' ' << field.name;
      }
}

TEST(MavlinkEvents, AreOfTheCameraWhereItCanBeTold) {
  EXPECT_EQ(key_of(full(mavlink::shots::Kind::captured)), (Key{{1, 100}, 0}));
  auto sign = full(mavlink::shots::Kind::feedback, Known::number);
  sign.camera.value = 2;
  EXPECT_EQ(key_of(sign), (Key{{1, 1}, 2}));
  sign.camera.value = 0;
  EXPECT_FALSE(key_of(sign));
  EXPECT_FALSE(key_of(full(mavlink::shots::Kind::trigger, Known::no)));
}

}  // namespace
}  // namespace endpoints
