// SPDX-License-Identifier: Apache-2.0
#include "picket/io/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "picket/base/assert.h"

namespace picket {
namespace {

constexpr std::size_t kChunkBytes = 1U << 20U;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

tl::unexpected<Error> SystemError(const std::string& source, std::string_view doing, int number) {
  Error error;
  error.source = source;
  error.what = fmt::format("{}: {}", doing, std::generic_category().message(number));
  return tl::unexpected<Error>(std::move(error));
}

/// Writes all of it; 0 or errno.
int WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

}  // namespace

Result<InputFile> InputFile::Open(const std::string& path) {
  if (path == "-") return InputFile(::dup(STDIN_FILENO), "standard input");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return SystemError(path, "cannot be opened", errno);
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    return SystemError(path, "cannot be read", EISDIR);
  }
  InputFile file(fd, path);
  if (S_ISREG(info.st_mode)) file.size_ = info.st_size;
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_),
      offset_(other.offset_),
      size_(other.size_),
      line_(other.line_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(name_, other.name_);
  std::swap(buffer_, other.buffer_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(offset_, other.offset_);
  std::swap(size_, other.size_);
  std::swap(line_, other.line_);
  return *this;
}

InputFile::~InputFile() {
  if (fd_ >= 0) ::close(fd_);
}

void InputFile::Drop(std::size_t bytes) {
  begin_ += bytes;
  offset_ += static_cast<std::int64_t>(bytes);
}

Result<bool> InputFile::Fill() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < kChunkBytes / 2) {
    // Make room: first by moving to the front, then by doubling, so that long lines cost linear
    // time.
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() - end_ < kChunkBytes / 2) {
      buffer_.resize(std::max(kChunkBytes, buffer_.size() * 2));
    }
  }
  while (true) {
    const ssize_t n = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    if (n < 0) {
      if (errno == EINTR) continue;
      return SystemError(name_, "cannot be read", errno);
    }
    end_ += static_cast<std::size_t>(n);
    return n > 0;
  }
}

Result<std::string_view> InputFile::Peek(std::size_t count) {
  PICKET_ASSERT(count <= kChunkBytes, "a peek is at most 1 MiB");
  while (end_ - begin_ < count) {
    const auto more = Fill();
    if (!more) return tl::unexpected<Error>(more.error());
    if (!*more) break;
  }
  return Buffered().substr(0, count);
}

Result<std::string_view> InputFile::Read() {
  if (begin_ == end_) {
    const auto more = Fill();
    if (!more) return tl::unexpected<Error>(more.error());
  }
  const std::string_view bytes = Buffered().substr(0, kChunkBytes);
  Drop(bytes.size());
  return bytes;
}

Result<std::optional<Line>> InputFile::NextLine(std::size_t max_bytes) {
  if (offset_ == 0) {
    const auto front = Peek(kByteOrderMark.size());
    if (!front) return tl::unexpected<Error>(front.error());
    if (*front == kByteOrderMark) Drop(kByteOrderMark.size());
  }
  Line line;
  line.byte = offset_;
  std::size_t searched = 0;
  std::int64_t passed_over = 0;
  while (true) {
    const std::string_view at_hand = Buffered();
    const std::size_t end = at_hand.find('\n', searched);
    const bool ended = end != std::string_view::npos;
    searched = ended ? end : at_hand.size();
    if (!ended && searched <= max_bytes + 1) {  // one more for a carriage return
      const auto more = Fill();
      if (!more) return tl::unexpected<Error>(more.error());
      if (*more) continue;
      if (searched == 0 && passed_over == 0) return std::optional<Line>();
    } else if (!ended) {
      // Over the limit and no end in sight: give up the text, keep looking for the end.
      passed_over += static_cast<std::int64_t>(searched);
      Drop(searched);
      searched = 0;
      continue;
    }
    line.number = ++line_;
    line.length = passed_over + static_cast<std::int64_t>(searched);
    line.text = Buffered().substr(0, searched);
    if (!line.text.empty() && line.text.back() == '\r') {
      line.text.remove_suffix(1);
      --line.length;
    }
    line.too_long = passed_over > 0 || line.text.size() > max_bytes;
    if (line.too_long) line.text = {};
    Drop(searched + (ended ? 1 : 0));
    return std::optional<Line>(line);
  }
}

Result<OutputFile> OutputFile::Create(const std::string& path) {
  if (path == "-") return OutputFile(::dup(STDOUT_FILENO), "standard output", "");
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return SystemError(path, "cannot be opened for writing", errno);
    return OutputFile(fd, path, "");
  }
  static std::atomic<unsigned> counter = 0;
  std::string temporary = fmt::format("{}.{}-{}.part", path, ::getpid(), ++counter);
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return SystemError(path, "cannot be created", errno);
  return OutputFile(fd, path, std::move(temporary));
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      buffer_(std::move(other.buffer_)) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

OutputFile::~OutputFile() { Abandon(); }

void OutputFile::Abandon() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

tl::expected<void, Error> OutputFile::Write(std::string_view bytes) {
  buffer_ += bytes;
  return buffer_.size() < kChunkBytes ? tl::expected<void, Error>() : Flush();
}

tl::expected<void, Error> OutputFile::Flush() {
  PICKET_ASSERT(fd_ >= 0, "nothing is written after Close");
  const int failed = WriteAll(fd_, buffer_);
  buffer_.clear();
  if (failed != 0) return SystemError(path_, "cannot be written", failed);
  return {};
}

tl::expected<void, Error> OutputFile::Close() {
  auto flushed = Flush();
  if (!flushed) {
    Abandon();
    return flushed;
  }
  // Only a file that gets its name at the end must be on disk before; a pipe cannot be synced.
  if (!temporary_.empty() && ::fsync(fd_) != 0) {
    const int failed = errno;
    Abandon();
    return SystemError(path_, "cannot be put on disk", failed);
  }
  if (::close(std::exchange(fd_, -1)) != 0) {
    const int failed = errno;
    Abandon();
    return SystemError(path_, "cannot be closed", failed);
  }
  if (temporary_.empty()) return {};
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int failed = errno;
    Abandon();
    return SystemError(path_, "cannot be given its name", failed);
  }
  temporary_.clear();
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    ::fsync(fd);  // some file systems cannot sync a folder; the file itself is on disk
    ::close(fd);
  }
  return {};
}

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  auto file = InputFile::Open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  std::string text;
  while (true) {
    const auto bytes = file->Read();
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    if (bytes->empty()) return text;
    if (bytes->size() > max_bytes - text.size()) {
      Error error;
      error.source = file->name();
      error.what =
          fmt::format("is longer than the {} bytes that are read of such a file", max_bytes);
      return tl::unexpected<Error>(std::move(error));
    }
    text += *bytes;
  }
}

Result<std::string> ReadRest(InputFile& file) {
  constexpr std::size_t kMostBytes = 1U << 30U;
  std::string all;
  while (true) {
    const auto part = file.Read();
    if (!part) return tl::unexpected<Error>(part.error());
    if (part->empty()) return all;
    if (all.size() + part->size() > kMostBytes) {
      Error error;
      error.source = file.name();
      error.what = "is over 1 GiB: give a file";
      return tl::unexpected<Error>(std::move(error));
    }
    all += *part;
  }
}

tl::expected<void, Error> WriteFile(const std::string& path, std::string_view bytes) {
  auto file = OutputFile::Create(path);
  if (!file) return tl::unexpected<Error>(file.error());
  auto written = file->Write(bytes);
  return written ? file->Close() : written;
}

std::string ResolveBeside(const std::string& referrer, const std::string& name) {
  const std::filesystem::path path(name);
  if (path.is_absolute() || referrer == "-") return name;
  return (std::filesystem::path(referrer).parent_path() / path).string();
}

FileReader FilesBeside(const std::string& site_path) {
  return [site_path](const std::string& name) { return ReadFile(ResolveBeside(site_path, name)); };
}

}  // namespace picket
