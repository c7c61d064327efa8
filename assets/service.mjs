// Pages work without any of this; where a browser can run it, menus fold, tables sort, long lists can be searched and faults are in sight.
import * as govuk from './govuk-frontend.min.js'
import * as moj from './moj-frontend.min.js'

govuk.initAll()
moj.initAll()

// The place of a fault is in sight, however far down it is in what was sent
for (const text of document.querySelectorAll('.app-pre')) {
  const mark = text.querySelector('.app-mark')
  if (mark) {
    text.scrollTop = mark.getBoundingClientRect().top - text.getBoundingClientRect().top - text.clientHeight / 3
  }
}

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
