// A command and its options, as the command line has them: the parts of CLI11 in use, behind names of ours, so that one
// file includes it. Values are bound: they must outlive the parsing.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/cli/completion.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

// A handle, as Arguments is: copies are the same one.
class Argument {
 public:
  explicit Argument(CLI::Option* option) : option_(option) {}

  Argument& type_name(const std::string& name);  // of its value, in the help; "" for none
  Argument& capture_default_str();               // the help shows what it is without it
  Argument& required();
  Argument& envname(const std::string& name);  // of a variable that has the value where the option is not given
  Argument& excludes(const Argument& other);
  Argument& within(unsigned least, unsigned most);
  Argument& within(double least, double most);
  Argument& one_of(std::initializer_list<std::string> words);

 private:
  CLI::Option* option_;
};

class Arguments {
 public:
  explicit Arguments(CLI::App& app) : app_(&app) {}

  // "--name", "-n,--name", or "NAME" for one by its place. For strings, numbers, either of them optional, and vectors
  // of strings: arguments.cpp lists which.
  template <class Value>
  Argument add_option(const std::string& name, Value& value, const std::string& words);
  Argument add_flag(const std::string& name, bool& value, const std::string& words);
  Arguments add_command(const std::string& name, const std::string& words);
  void footer(const std::string& text);
  void require_command();
  bool parsed() const;  // the command was given

 private:
  CLI::App* app_;
};

// The program itself.
class CommandLine {
 public:
  CommandLine(const std::string& name, const std::string& words, const std::string& version, const std::string& footer);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  Arguments arguments() { return Arguments(*app_); }
  // Nothing: a command was given. Else the exit code; the help, or what is wrong, is printed.
  std::optional<int> parse(int argc, char** argv);
  std::vector<CompletedCommand> commands() const;  // for completion

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace cli
