/**
 * The time line of a report: rows from the page's data block, a page of them at a time, filtered as people type. Text
 * goes into the page as text (textContent), never as markup.
 *
 * A row of data: [index, milliseconds, pid, program, action, word, target, why].
 */
export const PAGE_SCRIPT = `
'use strict';
(function () {
  var ROWS = 200;
  var rows = JSON.parse(document.getElementById('events').textContent);
  var body = document.getElementById('rows');
  var search = document.getElementById('search');
  var kind = document.getElementById('kind');
  var only = document.getElementById('only');
  var status = document.getElementById('status');
  var found = rows;
  var page = 0;

  function cell(row, text, name) {
    var element = document.createElement('td');
    element.textContent = text;
    if (name) element.className = name;
    row.appendChild(element);
  }
  function draw() {
    body.textContent = '';
    var pages = Math.max(1, Math.ceil(found.length / ROWS));
    page = Math.min(Math.max(page, 0), pages - 1);
    found.slice(page * ROWS, (page + 1) * ROWS).forEach(function (data) {
      var row = document.createElement('tr');
      var refused = data[5] !== '' && data[5] !== 'allowed';
      if (refused) row.className = 'refused';
      cell(row, '#' + data[0], 'number');
      cell(row, (data[1] / 1000).toFixed(3), 'number');
      cell(row, data[2] || '', 'number');
      cell(row, data[3]);
      cell(row, data[4]);
      cell(row, data[5], refused ? 'bad' : 'soft');
      cell(row, data[6] + (data[7] ? ' \\u2190 ' + data[7] : ''), 'path');
      body.appendChild(row);
    });
    status.textContent = found.length + ' of ' + rows.length + ' events, page ' + (page + 1) + ' of ' + pages;
  }
  function select() {
    var text = search.value.toLowerCase();
    found = rows.filter(function (data) {
      if (kind.value && data[4] !== kind.value) return false;
      if (only.checked && (data[5] === '' || data[5] === 'allowed')) return false;
      return !text || (data[3] + ' ' + data[4] + ' ' + data[6] + ' ' + data[7]).toLowerCase().indexOf(text) !== -1;
    });
    page = 0;
    draw();
  }
  var kinds = {};
  rows.forEach(function (data) { kinds['=' + data[4]] = data[4]; });
  Object.keys(kinds).sort().forEach(function (key) {
    var option = document.createElement('option');
    option.value = option.textContent = kinds[key];
    kind.appendChild(option);
  });
  search.addEventListener('input', select);
  kind.addEventListener('change', select);
  only.addEventListener('change', select);
  document.getElementById('before').addEventListener('click', function () { page--; draw(); });
  document.getElementById('after').addEventListener('click', function () { page++; draw(); });
  document.getElementById('timeline').hidden = false;
  draw();
})();
`;
