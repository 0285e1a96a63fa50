// The little XML that capture notifications are: elements with attributes and short texts, as flat lists of views.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>
#include <vector>

#include "server/relay/shogun/refusal.hpp"

namespace shogun::xml {

// A notification has about ten elements of one attribute, two levels deep.
constexpr std::size_t max_elements = 64;
constexpr std::size_t max_attributes = 16;  // of one element
constexpr std::size_t max_depth = 4;        // the root included

struct Attribute {
  std::string_view name, value;
};

struct Element {
  std::string_view name;
  std::string_view text;  // of the element itself, where it has one
  std::size_t depth = 1;  // of the root
  std::size_t first_attribute = 0, attribute_count = 0;
};

// Owns what its views point to. The root stands first, the others in the order of the document.
struct Document {
  std::vector<char> characters;
  std::vector<Element> elements;
  std::vector<Attribute> attributes;

  // Names of attributes are compared without regard to case. Nothing when there is none.
  const std::string_view* attribute(const Element& element, std::string_view name) const noexcept;
};

// `text` begins with the root element. Entities other than XML's five and characters stay as they are written; a
// document type is refused. Refusals: malformed, doctype, too_deep, too_many_elements, too_many_attributes,
// several_documents.
std::expected<Document, Refusal> read(std::string_view text);

// The same text with quotes within values escaped: a value ends at the quote before the "/>" that ends its element. For
// senders that do not escape.
std::vector<char> with_quotes_escaped(std::string_view text);

// Whether both are the same, small and capital letters aside.
bool same_word(std::string_view a, std::string_view b) noexcept;

}  // namespace shogun::xml
