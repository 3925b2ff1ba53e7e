/** Fetches a task and prints it. In: its URL. */
const response = await fetch(process.argv[2]);
const { title } = await response.json();
console.log(`task: ${title}`);
