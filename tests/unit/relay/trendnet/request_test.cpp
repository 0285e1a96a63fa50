#include <gmock/gmock.h>

#include "server/relay/trendnet/command.hpp"

namespace trendnet {
namespace {

using testing::HasSubstr;

const Model applet;
const Model form{.upper_case = false, .urlencoded = true};

Request posted(const std::string& path, const std::string& body) {
  return {.method = Method::post, .path = path, .body = body + "\r\n\r\n", .content_type = {}};
}
const std::string move_path = "/PANTILTCONTROL.CGI";

TEST(Requests, AreTheAppletsByteForByte) {
  struct Row {
    Command command;
    Request request;
  };
  const std::vector<Row> rows{
      {move_towards(Direction::up_left, 5),
       posted(move_path, "PanSingleMoveDegree=5&TiltSingleMoveDegree=5&PanTiltSingleMove=0")},
      {move_towards(Direction::up, 1), posted(move_path, "TiltSingleMoveDegree=1&PanTiltSingleMove=1")},
      {Move{.right = 3, .up = 2},
       posted(move_path, "PanSingleMoveDegree=3&TiltSingleMoveDegree=2&PanTiltSingleMove=2")},
      {move_towards(Direction::left, 30), posted(move_path, "PanSingleMoveDegree=30&PanTiltSingleMove=3")},
      {Home{}, posted(move_path, "PanTiltSingleMove=4")},
      {move_towards(Direction::right, 7), posted(move_path, "PanSingleMoveDegree=7&PanTiltSingleMove=5")},
      {move_towards(Direction::down_left, 2),
       posted(move_path, "PanSingleMoveDegree=2&TiltSingleMoveDegree=2&PanTiltSingleMove=6")},
      {move_towards(Direction::down, 10), posted(move_path, "TiltSingleMoveDegree=10&PanTiltSingleMove=7")},
      {move_towards(Direction::down_right, 9),
       posted(move_path, "PanSingleMoveDegree=9&TiltSingleMoveDegree=9&PanTiltSingleMove=8")},
      {GoPreset{0}, posted(move_path, "PanTiltPresetPositionMove=0")},
      {GoPreset{24}, posted(move_path, "PanTiltPresetPositionMove=24")},
      {SetPreset{7, "door", Position{136, 46}},
       posted(move_path, "PanTiltHorizontal=136&PanTiltVertical=46&SetName=door&SetPosition=7")},
      {SetPreset{7, "door", {}}, posted(move_path, "SetName=door&SetPosition=7")},
      {GoTo{.position = {5, 0}},
       posted(move_path, "PanTiltHorizontal=5&PanTiltVertical=0&SetName=goto&SetPosition=24")},
      {ClearPreset{24}, posted(move_path, "ClearPosition=24")},
      {Swing{SwingMode::stop}, posted(move_path, "PanTiltSwingMode=0")},
      {Swing{SwingMode::horizontal}, posted(move_path, "PanTiltSwingMode=1")},
      {Swing{SwingMode::presets}, posted(move_path, "PanTiltSwingMode=2")},
      {SetOutputs{false, true, false, true},
       posted("/IOCONTROL.CGI", "Trigger1=0&Trigger2=1&ImageUpload=0&ImageEmail=1")},
      {ReadOutputs{}, {.method = Method::get, .path = "/IOCONTROL.CGI", .body = {}, .content_type = {}}},
      {TakeSnapshot{}, {.method = Method::get, .path = "/IMAGE.JPG", .body = {}, .content_type = {}}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(describe(row.command));
    EXPECT_TRUE(check(row.command, applet));
    const auto request = request_for(row.command, applet);
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(*request, row.request) << request->path << ' ' << request->body;
  }
  EXPECT_EQ(set_outputs_request({}, applet).body.size(), 52U) << "the applet's fixed length";
  EXPECT_EQ(stream_request(true, applet).path, "/MJPEG.CGI");
  EXPECT_EQ(stream_request(false, applet).path, "/VIDEO.CGI");
}

TEST(Requests, AreFormsInLowerCaseForLaterModels) {
  const auto request = request_for(GoPreset{3}, form);
  ASSERT_TRUE(request);
  EXPECT_EQ(*request, (Request{.method = Method::post,
                               .path = "/pantiltcontrol.cgi",
                               .body = "PanTiltPresetPositionMove=3",
                               .content_type = "application/x-www-form-urlencoded"}));
  EXPECT_EQ(stream_request(true, form).path, "/mjpeg.cgi");
  EXPECT_EQ(snapshot_request(form).content_type, "");
}

TEST(Requests, ThatNoCameraTakesAreRefusedInASentence) {
  const std::vector<std::pair<Command, std::string>> rows{
      {Move{}, "1 degree is the least"},
      {Move{.right = 361}, "at most 360 degrees"},
      {Move{.up = -361}, "at most 360 degrees"},
      {GoPreset{-1}, "Preset -1 cannot be gone to: 0 to 24 can."},
      {GoPreset{25}, "Preset 25 cannot be gone to"},
      {SetPreset{0, "x", {}}, "Preset 0 cannot be set: 1 to 24 can. 0 is the home position."},
      {SetPreset{25, "x", {}}, "1 to 24 can"},
      {SetPreset{3, "x", Position{1000, 0}}, "cannot look at 1000,0"},
      {SetPreset{3, "x", Position{0, -1}}, "cannot look at 0,-1"},
      {GoTo{.position = {0, 0}, .scratch_preset = 0}, "Preset 0 cannot be set"},
      {GoTo{.position = {0, 1000}}, "tilt from 0 to 999"},
      {ClearPreset{0}, "Preset 0 cannot be cleared"},
      {SetOutputs{}, "No output is named"},
  };
  for (const auto& [command, words] : rows) {
    const auto checked = check(command, applet);
    ASSERT_FALSE(checked) << describe(command);
    EXPECT_EQ(checked.error().code, base::Errc::invalid);
    EXPECT_THAT(checked.error().message, HasSubstr(words));
  }
  EXPECT_FALSE(move_request({.right = 31}, applet));
  EXPECT_FALSE(move_request({.up = -11}, Model{.most_degrees = 10}));
  EXPECT_FALSE(request_for(SetOutputs{.trigger1 = true}, applet)) << "the camera takes all four";
  EXPECT_FALSE(check(SetPreset{3, "x", Position{341, 0}}, Model{.most_pan = 340}));
}

TEST(Requests, NamesCarryNothingThatWouldBeReadAsMore) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"door", "door"},
      {"  front door ", "front_door"},
      {"a&ClearPosition=3", "a_ClearPosition_3"},
      {"50%25\r\n\r\nGET /", "50_25____GET__"},
      {"Tür", "T_r"},
      {"", "position_7"},
      {"  ", "position_7"},
      {std::string(300, 'x'), std::string(20, 'x')},
      {std::string("a\0b", 3), "a_b"},
  };
  for (const auto& [wished, name] : rows) EXPECT_EQ(preset_name(wished, 7), name);
}

TEST(Directions, HaveTheCamerasNumbersAndNames) {
  for (int number = 0; number < 9; ++number) {
    const auto direction = static_cast<Direction>(number);
    EXPECT_EQ(parse_direction(to_string(direction)), direction);
    EXPECT_EQ(direction_of(move_towards(direction, 4)), direction);
  }
  EXPECT_EQ(to_string(Direction::down_right), "down-right");
  EXPECT_EQ(move_towards(Direction::up_left, 3), (Move{.right = -3, .up = 3}));
  EXPECT_EQ(move_towards(Direction::home, 3), Move{});
  EXPECT_FALSE(parse_direction("north"));
}

TEST(Commands, AreDescribedForTheAudit) {
  EXPECT_EQ(describe(Move{.right = -5, .up = 3}), "move 5 degrees left and 3 degrees up");
  EXPECT_EQ(describe(Move{.up = -1}), "move 1 degrees down");
  EXPECT_EQ(describe(GoTo{.position = {136, 46}}), "go to 136_046");
  EXPECT_EQ(describe(SetOutputs{.trigger1 = true, .image_upload = false}), "turn output 1 on, upload of a picture off");
  EXPECT_EQ(describe(Swing{SwingMode::presets}), "go round the presets");
}

}  // namespace
}  // namespace trendnet
