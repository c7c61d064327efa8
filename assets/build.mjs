// Builds assets/ and the vendors' parts into passport_service/static/, which is shipped and never committed.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as sass from 'sass'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const target = join(root, 'passport_service', 'static')
const vendor = (...parts) => join(root, 'node_modules', ...parts)

function style (source, plain, name) {
  const { css } = sass.compile(source, { style: 'compressed', loadPaths: [root], quietDeps: true })
  writeFileSync(join(target, name), css + readFileSync(plain, 'utf8'))
}

function copy (source, name) {
  cpSync(source, join(target, name), { recursive: true })
}

rmSync(target, { recursive: true, force: true })
mkdirSync(join(target, 'images'), { recursive: true })

style(
  join(root, 'assets', 'service.scss'),
  vendor('accessible-autocomplete', 'dist', 'accessible-autocomplete.min.css'),
  'service.css'
)
copy(join(root, 'assets', 'service.mjs'), 'service.js')
copy(join(root, 'assets', 'icon.svg'), 'icon.svg')
copy(vendor('govuk-frontend', 'dist', 'govuk', 'govuk-frontend.min.js'), 'govuk-frontend.min.js')
copy(vendor('@ministryofjustice', 'frontend', 'moj', 'moj-frontend.min.js'), 'moj-frontend.min.js')
copy(vendor('accessible-autocomplete', 'dist', 'accessible-autocomplete.min.js'), 'accessible-autocomplete.min.js')
for (const name of ['icon-arrow-black-down.svg', 'icon-arrow-black-up.svg', 'icon-arrow-white-down.svg',
  'icon-arrow-white-up.svg', 'icon-document.svg', 'icon-tag-remove-cross.svg', 'icon-tag-remove-cross-white.svg',
  'icon-close-cross-black.svg', 'icon-toggle-plus-minus.svg']) {
  copy(vendor('@ministryofjustice', 'frontend', 'moj', 'assets', 'images', name), join('images', name))
}
