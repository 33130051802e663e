#include "infersim/core/templates.hpp"

#include <cstddef>

#include "infersim/core/catalog.hpp"

namespace infersim {

std::vector<Template> templates() {
  constexpr std::string_view folder = "templates/";
  std::vector<Template> result;
  for (std::size_t i = 0; i < detail::template_file_count; ++i) {
    const detail::EmbeddedFile& file = detail::template_files[i];
    result.push_back({file.path.substr(folder.size()), file.text});
  }
  return result;
}

}  // namespace infersim
