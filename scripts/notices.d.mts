export function noticesText(folders: Iterable<string>): string;
