// SPDX-License-Identifier: Apache-2.0
#include "io/float_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace picket {

Result<std::shared_ptr<FloatStore>> FloatStore::Make(std::size_t count,
                                                     std::size_t most_in_memory) {
  std::shared_ptr<FloatStore> store(new FloatStore);
  if (count <= most_in_memory) {
    store->in_memory_.resize(count);
    store->values_ = store->in_memory_;
    return store;
  }
  // Nobody changes the environment. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* named = std::getenv("TMPDIR");
  // Not /tmp, which may be memory itself.
  const std::string folder = named != nullptr && *named != '\0' ? named : "/var/tmp";
  const std::size_t bytes = count * sizeof(float);
  const auto fail = [&](int error) {
    return Fail(
        fmt::format("{} MB of heights find no room in {} ({}); name another folder in the "
                    "environment variable TMPDIR, or give coarser terrain",
                    bytes >> 20U, folder, std::generic_category().message(error)));
  };
  std::string path = folder + "/picket-XXXXXX";
  const int file = mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) return fail(errno);
  unlink(path.c_str());
  // With all of its blocks there, no write to a page can fail for want of room.
  const int error = posix_fallocate(file, 0, static_cast<off_t>(bytes));
  void* mapped =
      error != 0 ? MAP_FAILED : mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  const int reason = error != 0 ? error : errno;
  close(file);
  if (mapped == MAP_FAILED) return fail(reason);
  store->mapped_ = mapped;
  store->values_ = {static_cast<float*>(mapped), count};
  return store;
}

FloatStore::~FloatStore() {
  if (mapped_ != nullptr) munmap(mapped_, values_.size_bytes());
}

void FloatStore::Release() const {
  if (mapped_ != nullptr) madvise(mapped_, values_.size_bytes(), MADV_DONTNEED);
}

}  // namespace picket
