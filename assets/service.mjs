// Pages work without any of this; where a browser can run it, menus fold, tables sort and long lists can be searched.
import * as govuk from './govuk-frontend.min.js'
import * as moj from './moj-frontend.min.js'

govuk.initAll()
moj.initAll()

const searchable = document.querySelectorAll('select[data-autocomplete]')
if (searchable.length > 0) {
  await import('./accessible-autocomplete.min.js')
  for (const select of searchable) {
    window.accessibleAutocomplete.enhanceSelectElement({
      selectElement: select,
      showAllValues: true,
      defaultValue: select.selectedOptions[0]?.value ? undefined : ''
    })
  }
}
