// Debian's tshark with the dissectors of the checkout, in a home folder of its own.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/bytes.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

bool has_tshark();

#define NEEDS_TSHARK() \
  if (!tests::has_tshark()) GTEST_SKIP() << "tshark is not in PATH; Debian's package of that name has it"

using Row = std::map<std::string, std::string, std::less<>>;  // a packet: values by field, "," between several

class Tshark {
 public:
  using Words = std::vector<std::string>;

  // What tshark prints on the capture (or file, by `extension`). A test fails when it does not end well.
  std::string run(base::ByteView capture, const Words& arguments, std::string_view extension = "pcap");
  // One row a packet that passes the arguments' filter.
  std::vector<Row> rows(base::ByteView capture, const Words& fields, const Words& arguments = {},
                        std::string_view extension = "pcap");
  // Any program, with the same home folder; its output.
  std::string call(Words command, int expected_exit = 0);
  const TempFolder& folder() const noexcept { return folder_; }
  bool from_checkout = true;  // false: only what is installed

 private:
  TempFolder folder_;
  int calls_ = 0;
};

// The values of one field over all rows, "," between them; empty ones left out.
std::string column(const std::vector<Row>& rows, std::string_view field);

}  // namespace tests
