// What `dualcam explain` finds in a session's bytes, before it becomes text or JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"

namespace explain {

enum class From : std::uint8_t { device, server, either };

struct Field {
  std::size_t offset = 0;  // in the input
  std::size_t size = 0;
  std::string name;
  std::string value;
  std::string meaning;               // may be empty
  std::vector<std::string> details;  // one line each: bits, members
};

// A frame, or a stretch of bytes that is none.
struct Item {
  std::size_t offset = 0;
  std::size_t size = 0;
  From from = From::either;
  std::string title;  // "INIT", "DATA 339", "AVL traffic"
  std::vector<Field> fields;
  std::vector<std::string> notes;     // what follows from it: dialect, chain, positions
  std::vector<std::string> problems;  // what is wrong with it
};

struct Report {
  base::Bytes bytes;  // the input
  std::vector<Item> items;
  std::string summary;  // one sentence
  bool sound() const noexcept {
    for (const Item& item : items)
      if (!item.problems.empty()) return false;
    return true;
  }
};

}  // namespace explain
