/** The tables and what a new shop has in them. */
export const schema = `
create table products (
  id int primary key,
  name text not null,
  notes text not null,
  description text not null,
  cents int not null check (cents >= 0),
  stock int not null check (stock >= 0),
  shape text not null,
  hue int not null
);
create table users (
  id int primary key,
  name text not null,
  email text not null,
  city text not null,
  member_since date not null,
  beans int not null
);
create table configuration (id int primary key check (id = 1), document jsonb not null);
create table prices (id text primary key, name text not null, cents int not null, changed_at timestamptz not null);

insert into products values
  (1, 'Harbour Blend', 'Cocoa, hazelnut, plum', 'The house espresso since the first winter: round, calm and forgiving, from a moka pot as from a lever machine. Roasted each Tuesday.', 1450, 42, 'bag', 158),
  (2, 'Yirgacheffe', 'Bergamot and peach', 'Grown at 2,000 metres and washed the same night. Pour it over slowly and let it cool a little: the peach comes late.', 1890, 18, 'bag', 28),
  (3, 'Huila Decaf', 'Caramel, red apple', 'Decaffeinated with sugar cane at the mill in Colombia. For the cup after dinner that should still taste of something.', 1620, 27, 'bag', 262),
  (4, 'Tidewater Cup', 'Stoneware, 220 ml', 'Thrown and glazed by hand two streets from the roastery. No two have the same waterline.', 2400, 12, 'cup', 205),
  (5, 'Fold Dripper', 'Porcelain, 1 to 4 cups', 'Twenty folds keep the paper off the wall, so that the water finds its own way down.', 3200, 9, 'dripper', 12),
  (6, 'Mill No. 3', 'Steel burrs, 24 steps', 'A hand grinder that grinds for espresso without a gym membership. Comes apart without tools.', 11900, 5, 'grinder', 228),
  (7, 'Gooseneck Kettle', '900 ml, for every stove', 'A thin, patient stream. The handle stays cool, the lid stays on.', 6800, 7, 'kettle', 178),
  (8, 'Keeper Jar', 'Airtight, 500 g', 'Squeezes the air out and keeps the light out. Beans stay themselves for a month.', 2900, 21, 'jar', 48);
insert into users values (1, 'Ada Moreau', 'ada@example.org', 'Bergen', '2021-10-04', 1180);
insert into configuration values (1, '{
  "shop": "Slow Harbour Coffee",
  "notice": "Roasting on Tuesday. Orders before noon leave the same day.",
  "currency": "EUR",
  "freeShippingFrom": 4500,
  "deliveryDays": "2 to 3"
}');
insert into prices values ('green-arabica', 'Green Arabica', 742, now());
`;
