// What the daemon keeps between its runs: one SQLite file.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace lmos::serve {

class Database;

// One execution of an SQL statement. Lives shorter than its database.
class Statement {
 public:
  Statement(Statement&&) = default;

  // The values of the parameters, from the first on.
  template <class... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (set(++index, values), ...);
    return *this;
  }
  // True with a row to read, false at the end. Errors as of Database.
  bool step();
  // Runs a statement to its end; returns the number of rows that it changed.
  int64_t run();

  int64_t integer(int column) const;
  double number(int column) const;
  std::string text(int column) const;  // NULL gives ""
  bool is_null(int column) const;

 private:
  friend class Database;
  Statement(const Database& database, std::string_view sql);

  void set(int index, std::string_view text);
  void set(int index, double number);
  void set(int index, int64_t integer);
  void set(int index, std::nullopt_t);
  template <class Value>
  void set(int index, const std::optional<Value>& value) {
    if (value)
      set(index, *value);
    else
      set(index, std::nullopt);
  }

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// STATE_FOLDER/state.sqlite, readable by its owner only; other processes may have it open as well.
// What a call has written is on the disk, whole or not at all, whatever happens to the process or
// the machine. One thread at a time. Errors: kConfiguration for a file that is damaged, foreign or
// written by a newer release; kResource where it can't be written, as on a full disk: it holds then
// what it held before.
class Database {
 public:
  // Opens or makes it, folder included, and brings it to this release's schema.
  explicit Database(const std::filesystem::path& state_folder);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Statement prepare(std::string_view sql) const { return {*this, sql}; }
  const std::filesystem::path& path() const { return path_; }
  // Another number than before once somebody else has written.
  int64_t version_seen() const;

 private:
  friend class Statement;
  friend class Transaction;

  void configure();
  void check_file();
  void migrate();
  void execute(const char* sql) const;
  [[noreturn]] void fail(int code) const;

  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> database_;
};

// Statements that take effect together, at commit(), or not at all.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace lmos::serve
