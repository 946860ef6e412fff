// Prints the fixture: 200 reports of a made-up text editor, the same each time.
const places = ['The window', 'Saving a file', 'The search', 'The clipboard', 'A theme'];
const faults = ['closes by itself', 'is slow with long lines', 'forgets its size', 'shows the wrong colour'];
const whens = ['on start', 'after sleep', 'with two screens', 'without a network', 'since the last release'];
const issues = Array.from({ length: 200 }, (_, index) => ({
  number: index + 1,
  title: `${places[index % 5]} ${faults[(index >> 1) % 4]} ${whens[(index * 7) % 5]}`,
}));
console.log(JSON.stringify(issues));
