#include <gmock/gmock.h>

#include <random>

#include "server/relay/trendnet/date_line.hpp"
#include "server/relay/trendnet/probe.hpp"

namespace trendnet {
namespace {

using testing::HasSubstr;

const Model model;

TEST(Answers, AreJudgedByTheirStatus) {
  const std::vector<std::pair<std::vector<int>, Outcome>> rows{
      {{200, 202, 204, 299, 301, 302, 304, 399}, Outcome::done},
      {{401, 403}, Outcome::unauthorized},
      {{404, 405, 501}, Outcome::not_spoken},
      {{400, 402, 409, 429, 499}, Outcome::refused},
      {{500, 503, 100, 199, 600, -1, 1000}, Outcome::failed},
      {{0}, Outcome::no_answer},
  };
  for (const auto& [statuses, outcome] : rows)
    for (const int status : statuses) {
      const Verdict verdict = judge({.status = status, .body = {}}, home_request(model));
      EXPECT_EQ(verdict.outcome, outcome) << status;
      EXPECT_TRUE(verdict.text.ends_with('.')) << verdict.text;
      EXPECT_THAT(verdict.text, HasSubstr("POST /PANTILTCONTROL.CGI"));
    }
  EXPECT_THAT(judge({.status = 401, .body = {}}, home_request(model)).text, HasSubstr("name and password"));
  EXPECT_EQ(judge({.status = 0, .body = {}, .trouble = "The line is dead."}, home_request(model)).text,
            "The line is dead.");
}

TEST(Outputs, AreReadFromTheControlPage) {
  const auto read = parse_outputs("Trigger1=0&Trigger2=1&ImageUpload=0&ImageEmail=1&CurrentTime=2007-08-16 15:27:34");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->outputs, (Outputs{.trigger2 = true, .image_email = true}));
  EXPECT_EQ(read->camera_time, "2007-08-16 15:27:34");
  for (const std::string_view other : {"ImageEmail=1\r\nTRIGGER2=1\r\nImageUpload=0\r\ntrigger1=0\r\n",
                                       " Trigger1 = 0 & Trigger2 = 1&&Volume=9&ImageUpload=0&ImageEmail=1\r\n\r\n",
                                       "Trigger1=1&Trigger1=0&Trigger2=1&ImageUpload=0&ImageEmail=1"}) {
    const auto same = parse_outputs(other);
    ASSERT_TRUE(same) << same.error().message;
    EXPECT_EQ(same->outputs, read->outputs) << other;
    EXPECT_EQ(same->camera_time, "");
  }
}

TEST(Outputs, ThatAreNoneAreRefusedWithAReason) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"", "missing"},
      {"<html>Trigger1", "missing"},
      {"Trigger1=0&Trigger2=1&ImageUpload=0", "missing"},
      {"Trigger1=2&Trigger2=1&ImageUpload=0&ImageEmail=1", "neither 0 nor 1"},
      {"Trigger1=&Trigger2=1&ImageUpload=0&ImageEmail=1", "neither 0 nor 1"},
      {std::string(5000, '&'), "too long"},
  };
  for (const auto& [body, words] : rows) {
    const auto read = parse_outputs(body);
    ASSERT_FALSE(read) << body;
    EXPECT_THAT(read.error().message, HasSubstr(words));
    EXPECT_LT(read.error().message.size(), 250U);
  }
}

// Whatever a camera answers is either read whole, or refused with a sentence that can be logged.
TEST(Outputs, OfThousandsOfDamagedAnswersNoneIsHalfRead) {
  const std::string right = "Trigger1=0&Trigger2=1&ImageUpload=0&ImageEmail=1&CurrentTime=2007-08-16 15:27:34\r\n";
  std::mt19937 random(3);
  int taken = 0, refused = 0;
  for (int round = 0; round < 10'000; ++round) {
    std::string body = right;
    for (auto times = 1 + random() % 3; times > 0; --times) {
      const auto at = random() % body.size();
      switch (random() % 4) {
        case 0: body[at] = static_cast<char>(random()); break;
        case 1: body.erase(at, random() % 20); break;
        case 2: body.insert(at, random() % 40, static_cast<char>(random())); break;
        default: body += body.substr(at); break;
      }
      if (body.empty()) body = "&";
    }
    const auto read = parse_outputs(body);
    ++(read ? taken : refused);
    const std::string words = read ? read->camera_time : read.error().message;
    ASSERT_LT(words.size(), 250U);
    for (const char c : words) ASSERT_TRUE((c >= ' ' && c <= '~') || (c & 0x80) != 0) << round;
    if (read) {
      ASSERT_EQ(parse_outputs(to_text(read->outputs))->outputs, read->outputs);
    }
  }
  EXPECT_GT(taken, 1'000);
  EXPECT_GT(refused, 1'000);
}

TEST(Outputs, AreWrittenAsTheyAreRead) {
  for (unsigned bits = 0; bits < 16; ++bits) {
    const Outputs outputs{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
    const auto read = parse_outputs(to_text(outputs));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->outputs, outputs);
  }
}

TEST(DateLines, GiveTimeDigitsAndPosition) {
  struct Row {
    std::string line, time;
    std::optional<Position> position;
  };
  const std::vector<Row> rows{
      {"2007-08-16 14:56:19 IO_00000000_PT_136_046", "2007-08-16 14:56:19", Position{136, 46}},
      {"03-28-2025 12:32:19 AM IO_00000000_PT_191_010", "03-28-2025 12:32:19 AM", Position{191, 10}},
      {"IO_00000000_PT_005_000", "", Position{5, 0}},
      {"2007 IO_0000000_PT_1 IO_00000000_PT_157_066 more", "2007 IO_0000000_PT_1", Position{157, 66}},
      {"2007 xIO_00000000_PT_157_0661", "2007 x", Position{157, 66}},
      {"  2007-08-16 14:56:19  ", "2007-08-16 14:56:19", {}},
      {"IO_00000000_PT_13_046", "IO_00000000_PT_13_046", {}},
      {"IO_0000000x_PT_136_046", "IO_0000000x_PT_136_046", {}},
      {"IO_00000000_PT_136_-46", "IO_00000000_PT_136_-46", {}},
      {"IO_00000000_PT_136", "IO_00000000_PT_136", {}},
      {"", "", {}},
      {std::string(300, 'x'), std::string(40, 'x'), {}},
  };
  for (const Row& row : rows) {
    const DateLine date = parse_date_line(row.line);
    EXPECT_EQ(date.time, row.time) << row.line;
    EXPECT_EQ(date.position, row.position) << row.line;
    EXPECT_EQ(date.io.has_value(), row.position.has_value()) << row.line;
  }
}

TEST(IoDigits, AreReadFromTheRight) {
  const std::vector<std::pair<std::string, IoDigits>> rows{
      {"00000000", {}},
      {"00000001", {.outputs = {.trigger1 = true}}},
      {"00000010", {.outputs = {.trigger2 = true}}},
      {"00000100", {.outputs = {.image_upload = true}}},
      {"00001000", {.outputs = {.image_email = true}}},
      {"00010000", {.inputs = {false, false, false, true}}},
      {"10000000", {.inputs = {true, false, false, false}}},
  };
  for (const auto& [digits, io] : rows) EXPECT_EQ(parse_io_digits(digits), io) << digits;
  for (const char* const wrong : {"", "0000000", "000000000", "0000000a", "0000 000"})
    EXPECT_FALSE(parse_io_digits(wrong));
}

TEST(Positions, HaveATextForm) {
  EXPECT_EQ(to_string(Position{136, 46}), "136_046");
  for (const char* const text : {"136_046", "PT_136_046", "136,46", " 136 , 46 "})
    EXPECT_EQ(parse_position(text), (Position{136, 46})) << text;
  for (const char* const wrong : {"", "136", "136_", "_46", "1366_046", "-1_046", "+1_046", "1_0x", "1 2"})
    EXPECT_FALSE(parse_position(wrong)) << wrong;
  EXPECT_TRUE(are_near({136, 46}, {138, 44}, 2));
  EXPECT_FALSE(are_near({136, 46}, {139, 46}, 2));
  EXPECT_FALSE(are_near({136, 46}, {136, 43}, 2));
}

// ---- Which way a camera is spoken to.

struct Told {
  int status;
  std::string body;
};

// The verdict of a camera that answers so, to our own question and to the other.
Probe::Verdict probe(const Told& own, const std::optional<Told>& other = {}) {
  Probe probe(model);
  const auto first = probe.next();
  EXPECT_EQ(first, read_outputs_request(model));
  probe.answered({.status = own.status, .body = base::as_bytes(own.body), .trouble = "The line is dead."});
  if (other) {
    const auto second = probe.next();
    EXPECT_TRUE(second && second->method == Method::get && second->path == "/cgi/admin/ptctrl.cgi");
    probe.answered({.status = other->status, .body = base::as_bytes(other->body), .trouble = "The line is dead."});
  }
  EXPECT_FALSE(probe.next());
  EXPECT_TRUE(probe.verdict().has_value());
  EXPECT_TRUE(probe.verdict()->text.ends_with('.')) << probe.verdict()->text;
  return probe.verdict().value_or(Probe::Verdict{});
}

TEST(Probe, TellsTheModelsApart) {
  using Speaks = Probe::Speaks;
  const std::string outputs = "Trigger1=0&Trigger2=1&ImageUpload=0&ImageEmail=1";
  EXPECT_EQ(probe({200, outputs}).speaks, Speaks::this_way);
  EXPECT_EQ(probe({200, "<html>Welcome to your printer</html>"}).speaks, Speaks::neither);
  EXPECT_EQ(probe({401, ""}).speaks, Speaks::unknown);
  EXPECT_EQ(probe({401, ""}).outcome, Outcome::unauthorized);
  EXPECT_EQ(probe({0, ""}).text, "The line is dead.");
  for (const int status : {404, 501})
    for (const int other : {200, 204, 400, 401, 403}) {
      const auto verdict = probe({status, ""}, Told{other, ""});
      EXPECT_EQ(verdict.speaks, Speaks::another_way) << status << ' ' << other;
      EXPECT_THAT(verdict.text, HasSubstr("newer protocol"));
    }
  EXPECT_EQ(probe({501, ""}, Told{501, ""}).speaks, Speaks::neither);
  EXPECT_EQ(probe({404, ""}, Told{0, ""}).speaks, Speaks::unknown);
}

}  // namespace
}  // namespace trendnet
