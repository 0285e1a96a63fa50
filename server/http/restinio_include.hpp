// RESTinio 0.6.16, the parts in use. Included by restinio_transport.cpp alone: it takes most of a minute to compile.
#pragma once

// RESTinio names an Asio function that ASIO_NO_DEPRECATED hides. The definition stays on here too, since Asio's own
// functions have other signatures without it and one program must not have both.
#include <asio/buffer.hpp>

namespace asio {
template <class Pointer>
Pointer buffer_cast(const const_buffer& buffer) noexcept {
  return static_cast<Pointer>(buffer.data());
}
}  // namespace asio

// It also counts on the `expected` it brings along, where there is a standard one as well.
#define nsel_CONFIG_SELECT_EXPECTED nsel_EXPECTED_NONSTD

// clang-format off: these headers want this order
#include <restinio/traits.hpp>
#include <restinio/settings.hpp>
#include <restinio/impl/connection.hpp>
// clang-format on
